// The conversation: questions, answers as they come, and what was said before. The browser holds it, the service does not.
import * as api from "./api.js";
import { body, finished } from "./answer.js";
import { h, icon, replace } from "./dom.js";
import { announce } from "./say.js";
import { tab } from "./store.js";

const LONGEST = 4000;
const MOST_TURNS = 20;
// Characters of what was said before; a request has 64 KB.
const ROOM = 24_000;
const EXAMPLES = [
  "Which baseline should a first model have to beat?",
  "When is a canary release better than blue-green?",
  "How do I keep a test set free of leakage?",
  "What belongs in a model card?",
];

const WAYS = [
  ["Fill a problem brief", "#/documents/problem-brief", "form"],
  ["Score your data", "#/scores/data-quality", "chart"],
  ["Take a decision", "#/decisions", "fork"],
  ["Size an A/B test", "#/calculators/ab-sample-size", "sum"],
];

let turns = tab.read("turns", []);
let running = null;
let view = null;

/** The view; the same one for as long as a conversation lasts, so that an answer goes on while somebody reads elsewhere. */
export function askView() {
  view ??= create();
  return view;
}

function create() {
  const thread = h("div", { class: "thread", id: "thread" });
  if (turns.length) for (const turn of turns) thread.append(kept(turn));
  else thread.append(welcome());
  const dock = composer(thread);
  // On a phone the keyboard would cover half of what there is to read.
  if (!turns.length && matchMedia("(hover: hover)").matches)
    requestAnimationFrame(() => dock.querySelector("textarea").focus());
  return h(
    "div",
    { class: "ask" },
    h("h1", { class: "unseen" }, "Ask the playbook"),
    thread,
    dock,
    !turns.length && starts(thread),
  );
}

/** Forget what was said. */
export function startAnew() {
  running?.abort();
  running = view = null;
  turns = [];
  tab.remove("turns");
}

function welcome() {
  return h(
    "div",
    { class: "welcome", id: "welcome" },
    h("p", { class: "big" }, "What do you want to know about ", h("span", {}, "machine learning in practice"), "?"),
    h(
      "p",
      { class: "soft" },
      "Answers come from the playbook alone, with the exact words they rest on. Where it has no answer, it says so.",
    ),
  );
}

function starts(thread) {
  const row = (question) =>
    h("li", {}, h("button", { type: "button", on: { click: () => ask(question, thread) } }, question, icon("send")));
  const way = ([words, address, picture]) => h("li", {}, h("a", { href: address }, icon(picture), words));
  return h(
    "div",
    { class: "starts", id: "starts" },
    h("ul", { class: "examples", "aria-label": "Questions to begin with" }, EXAMPLES.map(row)),
    h("ul", { class: "ways", "aria-label": "What else this page does" }, WAYS.map(way)),
  );
}

function composer(thread) {
  const count = h("span", { class: "soft count", "aria-live": "off" });
  const field = h("textarea", {
    id: "question",
    rows: 1,
    maxlength: LONGEST,
    required: true,
    autocomplete: "off",
    enterkeyhint: "send",
    placeholder: turns.length ? "Ask a follow-up" : "Ask a question",
    "aria-label": "Your question",
    "aria-keyshortcuts": "/",
  });
  const button = h("button", { type: "submit", class: "send", "aria-label": "Ask", title: "Ask" }, icon("send"));
  const stop = h(
    "button",
    {
      type: "button",
      class: "send",
      id: "stop",
      "aria-label": "Stop",
      title: "Stop",
      hidden: true,
      on: { click: () => running?.abort() },
    },
    icon("stop"),
  );
  const form = h("form", { class: "composer", id: "composer" }, field, count, button, stop);
  field.addEventListener("input", () =>
    replace(count, field.value.length > LONGEST * 0.8 ? `${field.value.length} of ${LONGEST}` : ""),
  );
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
    // As on a console.
    if (event.key === "ArrowUp" && !field.value && turns.length) {
      event.preventDefault();
      change(turns.at(-1).question);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question || running) return;
    field.value = "";
    replace(count);
    ask(question, thread);
  });
  return h("div", { class: "dock" }, form);
}

function article(question) {
  const place = h("div", { class: "answer" });
  return [h("article", { class: "turn" }, h("h2", { tabindex: -1 }, question), place), place];
}

function kept(turn) {
  const [element, place] = article(turn.question);
  replace(place, finished(turn.answer, ways(turn.question, turn.titles)));
  return element;
}

// What an answer may lead to.
function ways(question, titles) {
  return {
    titles: (section) => titles[section],
    again: () => change(question),
    ask: (other) => running || ask(other, document.getElementById("thread")),
  };
}

function change(question) {
  const field = document.getElementById("question");
  field.value = question;
  field.focus();
  field.setSelectionRange(question.length, question.length);
}

function busy(controller) {
  running = controller;
  const composing = document.getElementById("composer");
  if (!composing) return;
  composing.classList.toggle("busy", Boolean(controller));
  composing.querySelector("[type=submit]").hidden = Boolean(controller);
  document.getElementById("stop").hidden = !controller;
  document.getElementById("question").placeholder = "Ask a follow-up";
}

/** What was said before, the newest as far as one request has room. */
function history() {
  const kept = [];
  let room = ROOM;
  for (const { question, answer } of turns.toReversed()) {
    room -= question.length + answer.text.length;
    if (room < 0 || kept.length + 2 > MOST_TURNS) break;
    const headings = answer.statements[0]?.citations[0]?.heading_path ?? [];
    kept.unshift({ role: "user", content: question }, { role: "assistant", content: answer.text, headings });
  }
  return kept;
}

async function ask(question, thread) {
  for (const id of ["welcome", "starts"]) document.getElementById(id)?.remove();
  const [element, place] = article(question);
  thread.append(element);
  element.scrollIntoView({ block: "start" });
  const controller = new AbortController();
  busy(controller);
  const state = { question, statements: [], titles: {}, line: waiting("Searching the playbook") };
  replace(place, state.line);
  place.setAttribute("aria-busy", "true");
  announce("Searching the playbook");
  try {
    for await (const { event, data } of api.chat(question, history(), controller.signal))
      take(event, data, state, place);
    if (!state.answer)
      throw state.failure ?? new api.Refused(0, { detail: "The answer was cut off.", remedy: "Ask again." });
    settle(state, place);
  } catch (error) {
    if (error.name === "AbortError") replace(place, draft(state), stopped(question));
    else
      failed(error, place, state, () => {
        element.remove();
        ask(question, thread);
      });
    announce(error.name === "AbortError" ? "Stopped" : `No answer: ${error.message}`);
  } finally {
    place.removeAttribute("aria-busy");
    if (running === controller) busy(null);
  }
}

const stopped = (question) =>
  h(
    "p",
    { class: "soft" },
    "Stopped. ",
    h("button", { type: "button", class: "link", on: { click: () => change(question) } }, "Change the question"),
  );

const waiting = (text) =>
  h("p", { class: "waiting" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), text);

/** What an event changes. Statements that came are void after a restart. */
function take(event, data, state, place) {
  if (event === "retrieval") {
    for (const hit of data.hits) state.titles[hit.section] = hit.heading_path.join(" › ");
    state.line = waiting(data.hits.length ? `Reading ${data.hits.length} sections` : "Looking once more");
    replace(place, data.searched && h("p", { class: "soft searched" }, `Understood as: ${data.searched}`), state.line);
  } else if (event === "delta") {
    state.statements.push(data.statement);
    replace(place, draft(state), waiting("Checking what comes next"));
  } else if (event === "restart") {
    state.statements = [];
    replace(place, waiting("Beginning anew"));
  } else if (event === "error" && !data.fallback) {
    state.failure = new api.Refused(0, { detail: data.cause, remedy: data.remedy });
  } else if (event === "done") {
    state.answer = data.answer ?? data;
  }
}

const draft = (state) => h("div", { class: "prose" }, body(state.statements));

function settle(state, place) {
  const { question, answer, titles } = state;
  const needed = Object.fromEntries(answer.suggestions.filter((one) => titles[one]).map((one) => [one, titles[one]]));
  turns.push({ question, answer, titles: needed });
  // An answer is kept for the tab as long as there is room, the newest ones longest.
  for (let first = 0; first < turns.length && !tab.write("turns", turns.slice(first)); first += 1);
  replace(place, finished(answer, ways(question, needed)));
  const sources = new Set(answer.statements.flatMap((one) => one.citations.map((cited) => cited.n))).size;
  announce(
    answer.status === "abstained"
      ? "The playbook does not cover this. Nearest sections are listed."
      : `Answered with ${sources} ${sources === 1 ? "source" : "sources"}. ${answer.text.replace(/[*`|#]/g, "")}`,
  );
}

// What was said before it broke off was verified, and stays to be read.
function failed(error, place, state, again) {
  replace(
    place,
    state.statements.length > 0 && draft(state),
    h(
      "div",
      { class: "problem", role: "alert" },
      h("p", {}, h("strong", {}, error.message), " ", error.remedy),
      error.request && h("p", { class: "soft" }, `Request ${error.request}`),
      later(error.wait, again),
    ),
  );
}

// Not before the service wants it.
function later(seconds, again) {
  const button = h("button", { type: "button", class: "plain", on: { click: again } }, "Try again");
  let left = seconds;
  const tick = () => {
    button.disabled = left > 0;
    replace(button, left > 0 ? `Try again in ${left} s` : "Try again");
    if (left > 0) setTimeout(tick, 1000);
    left -= 1;
  };
  tick();
  return button;
}
