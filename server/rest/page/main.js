// Which view is shown, and the keys that work everywhere.
import * as api from "./api.js";
import { askView, startAnew } from "./ask.js";
import { askForKey, showKeys } from "./dialogs.js";
import { add, h, icon, iconButton, replace } from "./dom.js";
import { close, isOpen, step } from "./panel.js";
import { announce } from "./say.js";
import { browser } from "./store.js";

// What most people open first is there at once; the others are loaded when the browser has time, or when they are wanted.
const playbook = () => import("./playbook.js");
const documents = () => import("./documents.js");
const rubrics = () => import("./rubrics.js");
const decisions = () => import("./decisions.js");
const calculators = () => import("./calculators.js");
const of =
  (load, name) =>
  async (...given) =>
    (await load())[name](...given);

// `short` is what a phone has room for.
const VIEWS = [
  { name: "", title: "Ask", icon: "ask", key: "a", all: askView },
  view("playbook", "Playbook", "Playbook", "book", "p", of(playbook, "playbookView"), of(playbook, "pageView")),
  view("documents", "Documents", "Forms", "form", "d", of(documents, "documentsView"), of(documents, "documentView")),
  view("scores", "Scores", "Scores", "chart", "s", of(rubrics, "rubricsView"), of(rubrics, "rubricView")),
  view("decisions", "Decisions", "Decide", "fork", "e", of(decisions, "decisionsView"), of(decisions, "decisionView")),
  view(
    "calculators",
    "Calculators",
    "Calculate",
    "sum",
    "c",
    of(calculators, "calculatorsView"),
    of(calculators, "calculatorView"),
  ),
];

function view(name, title, short, picture, key, all, one) {
  return { name, title, short, icon: picture, key, all, one };
}

const THEMES = { auto: "Follow the system", light: "Light", dark: "Dark" };
let shown = 0;
let waitingForKey = null;

api.onKeyWanted(
  (code) =>
    (waitingForKey ??= askForKey(code).finally(() => {
      waitingForKey = null;
    })),
);

/** The view that an address names: {view, id, rest, chars, query}. */
function route() {
  const [way, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id = "", rest = ""] = way.split("/").map(unescaped);
  const given = new URLSearchParams(query);
  const range = /^(\d{1,9})-(\d{1,9})$/.exec(given.get("chars") ?? "");
  // Links of other clients say `read`.
  const shown = VIEWS.find((one) => one.name === (name === "read" ? "playbook" : name)) ?? VIEWS[0];
  return { view: shown, id, rest, chars: range ? [Number(range[1]), Number(range[2])] : null, query: given };
}

function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function show() {
  const mine = ++shown;
  const { view, id, rest, chars, query } = route();
  const main = document.getElementById("main");
  close();
  for (const tab of document.querySelectorAll("#tabs a")) {
    tab.dataset.view === view.name ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current");
  }
  document.body.dataset.view = view.name || "ask";
  const slow = setTimeout(() => {
    if (mine === shown) replace(main, h("p", { class: "soft opening" }, "Opening…"));
  }, 150);
  try {
    const element = await (id && view.one ? view.one(id, rest, chars, query) : view.all(query));
    if (mine !== shown) return;
    replace(main, element);
  } catch (error) {
    if (mine !== shown) return;
    replace(main, unshown(error, view));
  } finally {
    clearTimeout(slow);
  }
  const title = main.querySelector("h1")?.textContent ?? view.title;
  document.title = `${title} · mlplaybook`;
  if (!rest && !chars) scrollTo(0, 0);
  if (mine > 1 && !rest && !chars) {
    main.focus({ preventScroll: true });
    announce(title);
  }
}

// What is not there will not be there the next time.
function unshown(error, view) {
  const missing = error.status === 404;
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h1", {}, missing ? "This is not here" : "This cannot be shown"),
    h("p", {}, `${error.message} ${error.remedy ?? ""}`),
    missing
      ? h("a", { class: "plain away", href: `#/${view.name}` }, `All of ${view.title}`)
      : h("button", { type: "button", class: "plain", on: { click: show } }, "Try again"),
  );
}

function named({ title, short = title }) {
  if (short === title) return h("span", {}, title);
  return [h("span", { class: "long" }, title), h("span", { class: "short" }, short)];
}

function header() {
  add(
    document.getElementById("tabs"),
    VIEWS.map((view) => h("a", { href: `#/${view.name}`, data: { view: view.name } }, icon(view.icon), named(view))),
  );
  const anew = iconButton("plus", "New conversation", newConversation, { id: "anew", "aria-keyshortcuts": "n" });
  add(anew, h("span", {}, "New"));
  const theme = iconButton("auto", "", turnTheme, { id: "theme", "aria-keyshortcuts": "t" });
  add(
    document.getElementById("tools"),
    anew,
    iconButton("keys", "Keyboard", keyboard, { id: "keys", "aria-keyshortcuts": "?" }),
    theme,
  );
  showTheme(theme);
}

async function newConversation() {
  startAnew();
  if (location.hash.length > 2) location.hash = "#/";
  else await show();
  setTimeout(focusField, 50);
}

function focusField() {
  (document.getElementById("question") ?? document.getElementById("search"))?.focus();
}

function theme() {
  return document.documentElement.dataset.theme ?? "auto";
}

function showTheme(button) {
  const label = `Theme: ${THEMES[theme()]}`;
  button.setAttribute("aria-label", label);
  button.title = label;
  replace(button, icon({ auto: "auto", light: "sun", dark: "moon" }[theme()]));
}

function turnTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(theme()) + 1) % names.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  // As it stands, so that theme.js can read it before anything else is loaded.
  try {
    localStorage.setItem("theme", next);
  } catch {
    // It holds until the page is loaded again.
  }
  showTheme(document.getElementById("theme"));
  announce(`Theme: ${THEMES[next]}`);
}

function keyboard() {
  showKeys(browser.read("single-keys", true), (on) => browser.write("single-keys", on));
}

let going = 0;

function pressed(event) {
  if (event.key === "Escape" && isOpen() && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    return close();
  }
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (
    event.defaultPrevented ||
    typing ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog[open]")
  )
    return undefined;
  if (!browser.read("single-keys", true)) return undefined;
  const view = event.timeStamp - going < 1500 && VIEWS.find((one) => one.key === event.key);
  going = event.key === "g" ? event.timeStamp : 0;
  const actions = {
    "/": toField,
    "?": keyboard,
    n: newConversation,
    t: turnTheme,
    "[": () => step(-1),
    "]": () => step(1),
  };
  const action = view
    ? () => {
        location.hash = `#/${view.name}`;
      }
    : (actions[event.key] ?? (/^[1-9]$/.test(event.key) ? () => openSource(event.key) : null));
  if (!action) return undefined;
  event.preventDefault();
  return action();
}

function toField() {
  if (document.getElementById("question") || document.getElementById("search")) return focusField();
  location.hash = "#/";
  return setTimeout(focusField, 50);
}

function openSource(number) {
  const newest = [...document.querySelectorAll(".turn")].at(-1);
  newest?.querySelector(`.cite[data-n="${number}"]`)?.click();
}

header();
(window.requestIdleCallback ?? setTimeout)(() => {
  for (const load of [playbook, documents, rubrics, decisions, calculators]) load().catch(() => {});
});
addEventListener("hashchange", show);
addEventListener("keydown", pressed);
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
show();
