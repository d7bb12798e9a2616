// Decisions: a few questions, the answer of the table as soon as it is certain, and what would change it.
import * as api from "./api.js";
import { asked } from "./asked.js";
import { h, icon, replace } from "./dom.js";
import { glance } from "./glance.js";
import { afterPause } from "./later.js";
import { filtered } from "./library.js";
import { openSection } from "./panel.js";
import { announce, copy } from "./say.js";
import { browser } from "./store.js";
import { headline, markdown, outcome } from "./verdict.js";

/** All decisions. */
export async function decisionsView() {
  const items = await api.list("decisions");
  return h(
    "div",
    { class: "library" },
    h("h1", {}, "Decisions"),
    h(
      "p",
      { class: "lead" },
      "Answer what you know. The table says what follows, which questions still matter, and what would change the result.",
    ),
    filtered(items, "decisions", "decisions"),
  );
}

/** A decision to take. */
export async function decisionView(id) {
  const decision = await api.show("decisions", id);
  const name = `decision:${decision.id}`;
  const kept = browser.read(name, {});
  const result = h("div", { class: "result", id: "result" });
  const bar = glance(result);
  const rows = new Map();
  let latest = null;
  const choose = (input, value) => {
    rows.get(input)?.write(value);
    kept[input] = value;
    update.now();
    rows.get(input)?.focus();
  };
  const update = afterPause(async (signal) => {
    browser.write(name, kept);
    try {
      latest = (await api.decide(decision.id, given(kept), signal)).verdict;
      for (const [one, row] of rows) row.element.dataset.state = stateOf(one, kept, latest);
      replace(result, outcome(latest, decision, choose));
      bar.say(headline(latest));
      announce(headline(latest));
    } catch (error) {
      if (error.name === "AbortError") throw error;
      replace(result, h("p", { class: "problem", role: "alert" }, `${error.message} ${error.remedy ?? ""}`));
    }
  }, 200);
  for (const input of decision.inputs) rows.set(input.name, row(input, kept, update));
  const put = (values) => {
    for (const [one, question] of rows) {
      kept[one] = String(values[one] ?? "");
      question.write(kept[one]);
    }
    update.now();
  };
  update.now();
  return h(
    "div",
    { class: "document" },
    h("p", { class: "trail" }, h("a", { href: "#/decisions" }, "Decisions")),
    h("h1", {}, decision.title),
    lead(decision),
    h(
      "div",
      { class: "form" },
      h(
        "form",
        { class: "entry", "aria-label": "Questions", on: { submit: (event) => event.preventDefault() } },
        [...rows.values()].map((one) => one.element),
      ),
      h(
        "aside",
        { class: "side", "aria-label": "What follows" },
        result,
        tools(
          () => put(decision.example),
          () => put({}),
          () => latest && copy(markdown(latest, decision), "Decision"),
        ),
      ),
    ),
    bar.element,
  );
}

const WORDS = { true: true, false: false };

function given(kept) {
  const known = Object.entries(kept).filter(([, value]) => value !== "");
  return Object.fromEntries(known.map(([one, value]) => [one, WORDS[value] ?? value]));
}

// What is answered, what still matters, and what no longer does.
function stateOf(name, kept, verdict) {
  if ((kept[name] ?? "") !== "") return "mine";
  return verdict.status === "none" || verdict.asks.some((one) => one.input === name) ? "missing" : "idle";
}

function lead(decision) {
  return h(
    "p",
    { class: "lead" },
    decision.description,
    " ",
    h(
      "button",
      { type: "button", class: "link", on: { click: (event) => openSection(decision.page, event.currentTarget) } },
      "The page behind it",
    ),
  );
}

function tools(example, clear, copyIt) {
  return h(
    "div",
    { class: "buttons" },
    h("button", { type: "button", class: "plain", on: { click: example } }, "Show an example"),
    h("button", { type: "button", class: "plain", on: { click: copyIt } }, icon("copy"), "Copy as Markdown"),
    h("button", { type: "button", class: "link small", on: { click: clear } }, "Clear all answers"),
  );
}

const YES_OR_NO = [
  ["", "Not known"],
  ["true", "Yes"],
  ["false", "No"],
];

function row(input, kept, update) {
  const options =
    input.type === "boolean"
      ? YES_OR_NO
      : input.type === "enum"
        ? [["", "Not known"], ...input.allowed.map((one) => [String(one), String(one).replace(/[-_]/g, " ")])]
        : null;
  const question = asked({
    id: `i-${input.name}`,
    title: input.question,
    meaning: input.meaning,
    options,
    unit: input.unit,
    placeholder: "Not known",
    value: kept[input.name] ?? "",
    changed: () => {
      kept[input.name] = question.read();
      update();
    },
  });
  return question;
}
