// Decisions: a few questions, the answer of the table as soon as it is certain, and what would change it.
import * as api from "./api.js";
import { h, replace } from "./dom.js";
import { afterPause } from "./later.js";
import { filtered, linked } from "./library.js";
import { openSection } from "./panel.js";
import { announce } from "./say.js";
import { browser } from "./store.js";

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
  const rows = new Map();
  const update = afterPause(async (signal) => {
    browser.write(name, kept);
    const inputs = Object.fromEntries(
      Object.entries(kept)
        .filter(([, value]) => value !== "")
        .map(([one, value]) => [one, { true: true, false: false }[value] ?? value]),
    );
    try {
      const { verdict } = await api.decide(decision.id, inputs, signal);
      const asks = new Set(verdict.asks.map((one) => one.input));
      for (const [one, row] of rows)
        row.dataset.state =
          (kept[one] ?? "") !== "" ? "mine" : asks.has(one) || verdict.status === "none" ? "missing" : "idle";
      replace(result, outcome(verdict, decision));
      announce(summary(verdict));
    } catch (error) {
      if (error.name === "AbortError") throw error;
      replace(result, h("p", { class: "problem", role: "alert" }, `${error.message} ${error.remedy ?? ""}`));
    }
  }, 250);
  for (const input of decision.inputs) rows.set(input.name, question(input, kept, update));
  const clear = () => {
    for (const one of Object.keys(kept)) delete kept[one];
    for (const row of rows.values()) row.querySelector("select, input").value = "";
    update.now();
  };
  const example = () => {
    for (const [one, value] of Object.entries(decision.example)) {
      const control = rows.get(one)?.querySelector("select, input");
      if (!control) continue;
      control.value = String(value ?? "");
      kept[one] = control.value;
    }
    update.now();
  };
  update.now();
  return h(
    "div",
    { class: "document" },
    h("p", { class: "trail" }, h("a", { href: "#/decisions" }, "Decisions")),
    h("h1", {}, decision.title),
    h(
      "p",
      { class: "lead" },
      decision.description,
      " ",
      h(
        "button",
        { type: "button", class: "link", on: { click: (event) => openSection(decision.page, event.currentTarget) } },
        "The page behind it",
      ),
    ),
    h(
      "div",
      { class: "form" },
      h("form", { class: "entry", on: { submit: (event) => event.preventDefault() } }, [...rows.values()]),
      h(
        "aside",
        { class: "side", "aria-label": "What follows" },
        result,
        h(
          "div",
          { class: "buttons" },
          h("button", { type: "button", class: "plain", on: { click: example } }, "Show an example"),
          h("button", { type: "button", class: "link small", on: { click: clear } }, "Clear all answers"),
        ),
      ),
    ),
  );
}

function question(input, kept, update) {
  const id = `i-${input.name}`;
  const common = { id, "aria-describedby": `${id}-meaning` };
  const choices =
    input.type === "boolean"
      ? [
          ["true", "Yes"],
          ["false", "No"],
        ]
      : (input.allowed ?? []).map((one) => [String(one), String(one).replace(/[-_]/g, " ")]);
  const control =
    input.type === "number"
      ? h("input", {
          ...common,
          type: "text",
          inputmode: "text",
          autocomplete: "off",
          placeholder: input.unit ? `in ${input.unit}` : "a number",
        })
      : h(
          "select",
          common,
          h("option", { value: "" }, "Not known"),
          choices.map(([value, words]) => h("option", { value }, words)),
        );
  control.value = kept[input.name] ?? "";
  control.addEventListener("input", () => {
    kept[input.name] = control.value.trim();
    update();
  });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, input.question),
    h("p", { class: "question", id: `${id}-meaning` }, input.meaning),
    control,
  );
}

function summary(verdict) {
  const found = verdict.answers.map((one) => one.result).join("; ");
  if (verdict.status === "decided") return `Decided: ${found}`;
  if (verdict.status === "none") return "No row of the table applies.";
  return found
    ? `${found} already follows; ${verdict.asks.length} questions still matter.`
    : `${verdict.asks.length} questions still matter.`;
}

const STATUS = { decided: "This follows", open: "Not decided yet", none: "No row of the table applies" };

function outcome(verdict, decision) {
  const titles = new Map(decision.inputs.map((input) => [input.name, input.question]));
  const many = verdict.answers.length > 0 && verdict.status === "open";
  return [
    h("p", { class: `verdict ${verdict.status}` }, many ? "Already follows" : STATUS[verdict.status]),
    verdict.answers.length > 0 &&
      h(
        "ul",
        { class: "answers" },
        verdict.answers.map((one) =>
          h(
            "li",
            {},
            h("b", {}, one.result),
            h("p", {}, one.reason, " ", read(one.section, one.result)),
            details(one.details),
          ),
        ),
      ),
    verdict.status === "open" &&
      verdict.asks.length > 0 &&
      part(
        "Still matters",
        verdict.asks
          .slice(0, 6)
          .map((one) =>
            h(
              "li",
              {},
              h(
                "button",
                {
                  type: "button",
                  class: "link",
                  on: { click: () => document.getElementById(`i-${one.input}`)?.focus() },
                },
                one.question,
              ),
            ),
          ),
      ),
    verdict.status === "open" &&
      verdict.possible.length > 0 &&
      part(
        "Still possible",
        [...new Set(verdict.possible.map((one) => one.result || "none of them"))]
          .slice(0, 8)
          .map((one) => h("li", {}, one)),
      ),
    verdict.changes.length > 0 &&
      part(
        "What would change it",
        verdict.changes.slice(0, 6).map((one) => h("li", {}, changeWords(one, titles))),
      ),
    verdict.nearest.length > 0 &&
      part(
        "Nearest rows",
        verdict.nearest.map((one) =>
          h(
            "li",
            {},
            h("b", {}, one.result),
            ": needs ",
            one.failing.map((cause) => `${cause.input.replace(/_/g, " ")} ${cause.condition}`).join(", "),
          ),
        ),
      ),
    verdict.notes.length > 0 &&
      h(
        "ul",
        { class: "notes" },
        verdict.notes.map((one) => h("li", {}, linked(one, openSection))),
      ),
  ];
}

function details(values) {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== "");
  if (!entries.length) return null;
  return h(
    "dl",
    {},
    entries.map(([name, value]) => [
      h("dt", {}, name.replace(/[-_]/g, " ")),
      h(
        "dd",
        {},
        typeof value === "object"
          ? [].concat(Array.isArray(value) ? value : Object.entries(value).map((one) => one.join(": "))).join("; ")
          : value,
      ),
    ]),
  );
}

function changeWords(change, titles) {
  const adds = change.adds.length ? ` adds ${change.adds.join("; ")}` : "";
  const drops = change.drops.length ? ` drops ${change.drops.join("; ")}` : "";
  const few = change.asks.length < 3;
  const asks = change.asks.length
    ? ` asks ${few ? change.asks.map((one) => `“${titles.get(one) ?? one}”`).join(" and ") : `${change.asks.length} more questions`}`
    : "";
  return [
    h("b", {}, titles.get(change.input) ?? change.input),
    ` ${change.to}:`,
    [adds, drops, asks].filter(Boolean).join(","),
    ".",
  ];
}

function read(section, words) {
  return h(
    "button",
    { type: "button", class: "link", on: { click: (event) => openSection(section, event.currentTarget) } },
    "Why",
    h("span", { class: "unseen" }, ` ${words}`),
  );
}

function part(title, rows) {
  return h("section", { class: "part" }, h("h2", { class: "small-title" }, title), h("ul", {}, rows));
}
