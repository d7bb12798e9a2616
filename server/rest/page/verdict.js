// What a decision table says: the answer with the row that fired, what still matters, what would change it.
import { h } from "./dom.js";
import { linked } from "./library.js";
import { openSection } from "./panel.js";

const STATUS = { decided: "This follows", open: "Not decided yet", none: "No row of the table applies" };

/** A verdict in one line. */
export function headline(verdict) {
  const found = verdict.answers.map((one) => one.result).join("; ");
  const asks = verdict.asks.length;
  const matter = `${asks} ${asks === 1 ? "question still matters" : "questions still matter"}`;
  if (verdict.status === "decided") return `Decided: ${found}`;
  if (verdict.status === "none") return `${STATUS.none}.`;
  return found ? `${found} already follows; ${matter}.` : `${matter}.`;
}

/** A verdict as parts of the page; `choose` is called with an input and another value for it. */
export function outcome(verdict, decision, choose) {
  const titles = new Map(decision.inputs.map((input) => [input.name, input.question]));
  const open = verdict.status === "open";
  const already = open && verdict.answers.length > 0;
  return [
    h("p", { class: `verdict ${verdict.status}` }, already ? "Already follows" : STATUS[verdict.status]),
    verdict.answers.length > 0 &&
      h(
        "ul",
        { class: "answers" },
        verdict.answers.map((one) => answer(one, verdict, titles)),
      ),
    open && matters(verdict),
    open && possible(verdict),
    changes(verdict, decision, titles, choose),
    nearest(verdict, titles),
    verdict.notes.length > 0 &&
      h(
        "ul",
        { class: "notes" },
        verdict.notes.map((one) => h("li", {}, linked(one, openSection))),
      ),
  ];
}

function answer(one, verdict, titles) {
  return h(
    "li",
    {},
    h("b", {}, one.result),
    h("p", {}, one.reason, " ", read(one.section, one.result)),
    details(one.details),
    h(
      "div",
      { class: "fired" },
      h("p", {}, `Row ${one.row} of ${verdict.rows}`, one.conditions.length > 0 ? ", since" : ", which needs nothing"),
      one.conditions.length > 0 &&
        h(
          "ul",
          {},
          one.conditions.map((cause) => h("li", {}, because(cause, titles))),
        ),
    ),
  );
}

// The question, what the row asks of it, and what was answered where that is said in other words.
function because({ input, condition, given }, titles) {
  const said = given && given !== condition && `, and it is ${given}`;
  return [titles.get(input) ?? input, " ", h("b", {}, condition.replace(/[-_]/g, " ")), said];
}

function read(section, words) {
  return h(
    "button",
    { type: "button", class: "link", on: { click: (event) => openSection(section, event.currentTarget) } },
    "Why",
    h("span", { class: "unseen" }, ` ${words}`),
  );
}

function details(values) {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== "");
  if (!entries.length) return null;
  const words = (value) =>
    typeof value === "object"
      ? [].concat(Array.isArray(value) ? value : Object.entries(value).map((one) => one.join(": "))).join("; ")
      : value;
  return h(
    "dl",
    {},
    entries.map(([name, value]) => [h("dt", {}, name.replace(/[-_]/g, " ")), h("dd", {}, words(value))]),
  );
}

function part(title, rows) {
  return (
    rows.length > 0 && h("section", { class: "part" }, h("h2", { class: "small-title" }, title), h("ul", {}, rows))
  );
}

function matters(verdict) {
  const go = (input) =>
    document.getElementById(`i-${input}`)?.closest(".field")?.querySelector("input, select")?.focus();
  return part(
    "Still matters",
    verdict.asks
      .slice(0, 6)
      .map((one) =>
        h("li", {}, h("button", { type: "button", class: "link", on: { click: () => go(one.input) } }, one.question)),
      ),
  );
}

function possible(verdict) {
  const results = [...new Set(verdict.possible.map((one) => one.result || "none of them"))];
  return part(
    "Still possible",
    results.slice(0, 8).map((one) => h("li", {}, one)),
  );
}

// Another answer to one question, all else as it is; the answer itself is a button that gives it.
function changes(verdict, decision, titles, choose) {
  const inputs = new Map(decision.inputs.map((input) => [input.name, input]));
  return part(
    "What would change it",
    verdict.changes.slice(0, 6).map((one) => {
      const input = inputs.get(one.input);
      // A range is no answer that could be given.
      const choices =
        input?.type === "boolean"
          ? { yes: "true", no: "false" }
          : Object.fromEntries((input?.allowed ?? []).map((name) => [name, name]));
      const press = Object.hasOwn(choices, one.to);
      const words = [titles.get(one.input) ?? one.input, " ", h("b", {}, one.to.replace(/[-_]/g, " "))];
      return h(
        "li",
        {},
        press
          ? h(
              "button",
              { type: "button", class: "link turns", on: { click: () => choose(one.input, choices[one.to]) } },
              words,
            )
          : h("span", {}, words),
        h("span", { class: "leads" }, leads(one)),
      );
    }),
  );
}

function leads({ adds, drops, asks }) {
  if (adds.length) return `${adds.join("; ")}${drops.length ? "" : ", too"}`;
  if (asks.length)
    return asks.length === 1 ? "Open again: one more question" : `Open again: ${asks.length} more questions`;
  return drops.length ? `No longer: ${drops.join("; ")}` : "";
}

function nearest(verdict, titles) {
  return part(
    "Nearest rows",
    verdict.nearest.map((one) =>
      h(
        "li",
        {},
        h("b", {}, one.result),
        " needs",
        h(
          "ul",
          {},
          one.failing.map((cause) => h("li", {}, because(cause, titles))),
        ),
      ),
    ),
  );
}

/** A verdict to paste elsewhere. */
export function markdown(verdict, decision) {
  const titles = new Map(decision.inputs.map((input) => [input.name, input.question]));
  const answers = verdict.answers.flatMap((one) => [
    `- **${one.result}**: ${one.reason} (${one.section})`,
    ...one.conditions.map((cause) => `  - ${titles.get(cause.input) ?? cause.input} ${cause.condition}`),
  ]);
  const inputs = Object.entries(verdict.given).map(([name, one]) => `- ${titles.get(name) ?? name} ${one.words}`);
  const asks = verdict.asks.map((one) => `- ${one.question}`);
  return [
    `## ${verdict.title}: ${STATUS[verdict.status].toLowerCase()}`,
    "",
    ...(answers.length ? [...answers, ""] : []),
    ...(inputs.length ? ["Answered:", "", ...inputs, ""] : []),
    ...(asks.length ? ["Still open:", "", ...asks, ""] : []),
    `Source: ${verdict.page}`,
    "",
  ].join("\n");
}
