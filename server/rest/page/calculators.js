// Calculators: one form for all, made of their records; the result with its arithmetic follows as one types.
import * as api from "./api.js";
import { asked } from "./asked.js";
import { columnBox } from "./column.js";
import { add, h, icon, replace } from "./dom.js";
import { label } from "./fields.js";
import { glance } from "./glance.js";
import { afterPause } from "./later.js";
import { filtered } from "./library.js";
import { openSection } from "./panel.js";
import { announce, copy } from "./say.js";
import { markdown, worked } from "./worked.js";

// What one request may hold, with room for all that is not values.
const MOST_BYTES = 60_000;
const LINES = new Set(["numbers", "groups", "text"]);
const UNITS = { money: (unit) => unit && `per ${unit}`, share: () => "" };

/** All calculators. */
export async function calculatorsView() {
  const items = await api.list("calculators");
  return h(
    "div",
    { class: "library" },
    h("h1", {}, "Calculators"),
    h(
      "p",
      { class: "lead" },
      "The playbook's formulas, worked out: the result, what it means by the playbook's limits, and every step of the arithmetic.",
    ),
    filtered(items, "calculators", "calculators"),
  );
}

/** A calculator; `given` are inputs of its address, without which it begins with an example. */
export async function calculatorView(id, _heading, _chars, given) {
  const calculator = await api.show("calculators", id);
  const examples = calculator.examples.map(read).filter(Boolean);
  const own = Object.fromEntries([...given].filter(([name]) => calculator.inputs.some((one) => one.name === name)));
  const start = Object.keys(own).length ? own : (examples[0] ?? {});
  const form = createForm(calculator, examples, start, start !== own && examples.length > 0);
  form.update.now();
  return form.element;
}

/** The inputs of an example as it is typed on a console; null where it needs a file. */
export function read(example) {
  const parts = example.split(" ").slice(1);
  if (parts.some((part) => part.startsWith("--"))) return null;
  return Object.fromEntries(parts.map((part) => part.split(/=(.*)/s).slice(0, 2)));
}

function createForm(calculator, examples, start, example) {
  const result = h("div", { class: "result", id: "result" });
  const bar = glance(result);
  const note = h(
    "p",
    { class: "soft small", id: "origin" },
    example && "These are values of an example: put your own in their place.",
  );
  const state = { latest: null, here: location.hash.split("?")[0] };
  const rows = new Map();
  const update = afterPause((signal) => calculate(calculator, rows, { result, bar, state }, signal), 250);
  const changed = () => {
    replace(note);
    update();
  };
  for (const one of calculator.inputs) rows.set(one.name, input(one, start[one.name] ?? "", changed));
  const put = (values, words) => {
    for (const [name, row] of rows) row.write(values[name] ?? "");
    replace(note, words);
    update.now();
  };
  const first = shownFirst(calculator, examples, start);
  const element = h(
    "div",
    { class: "document" },
    h("p", { class: "trail" }, h("a", { href: "#/calculators" }, "Calculators")),
    h("h1", {}, calculator.title),
    h("p", { class: "formula" }, h("code", {}, calculator.formula)),
    h(
      "div",
      { class: "form sums" },
      h(
        "form",
        { class: "entry", "aria-label": "Inputs", on: { submit: (event) => event.preventDefault() } },
        note,
        first.map((name) => rows.get(name).element),
        others(calculator, first, rows),
        tries(examples, put),
      ),
      h("section", { class: "outcome", "aria-label": "Result" }, result, tools(calculator, state)),
    ),
    bar.element,
  );
  return { element, update };
}

// What is needed, what the examples give, and what somebody gave; the rest has usual values.
function shownFirst(calculator, examples, start) {
  const named = new Set([...Object.keys(examples[0] ?? {}), ...Object.keys(start)]);
  const needed = calculator.inputs.filter(
    (one) => one.required || named.has(one.name) || (!examples.length && one.kind === "column"),
  );
  return (calculator.inputs.length - needed.length < 3 ? calculator.inputs : needed).map((one) => one.name);
}

function others(calculator, first, rows) {
  const rest = calculator.inputs.filter((one) => !first.includes(one.name));
  return (
    rest.length > 0 &&
    h(
      "details",
      { class: "more" },
      h("summary", {}, `${rest.length} more inputs`, h("span", { class: "soft" }, " (optional)")),
      h(
        "div",
        { class: "entry" },
        rest.map((one) => rows.get(one.name).element),
      ),
    )
  );
}

function tries(examples, put) {
  return h(
    "div",
    { class: "buttons" },
    examples.map((example, at) =>
      h(
        "button",
        { type: "button", class: "plain", on: { click: () => put(example, "These are values of an example.") } },
        examples.length > 1 ? `Example ${at + 1}` : "Example",
      ),
    ),
    h("button", { type: "button", class: "link small", on: { click: () => put({}, "") } }, "Clear all inputs"),
  );
}

function tools(calculator, state) {
  const button = (name, words, click) =>
    h("button", { type: "button", class: "plain", on: { click } }, icon(name), words);
  return h(
    "div",
    { class: "buttons" },
    button("copy", "Copy as Markdown", () => state.latest && copy(markdown(state.latest), "Calculation")),
    button("link", "Copy link", () => copy(location.href, "Link")),
    button("print", "Print", () => window.print()),
    h(
      "button",
      {
        type: "button",
        class: "link",
        on: { click: (event) => openSection(calculator.section, event.currentTarget) },
      },
      "Where the formula is from",
    ),
  );
}

// One input of the form.
function input(parameter, value, changed) {
  const id = `c-${parameter.name}`;
  const title = label(parameter.name);
  const usual = written(parameter);
  const common = { id, title, meaning: sentence(parameter.meaning), value, changed };
  if (parameter.kind === "column") return columnBox(common);
  if (parameter.kind === "choice") {
    const words = (one) => one.replace(/[-_]/g, " ");
    const rest = parameter.allowed.filter((one) => one !== parameter.default).map((one) => [one, words(one)]);
    const none = parameter.default === null ? "Not given" : words(String(parameter.default));
    return asked({ ...common, options: [["", none], ...rest] });
  }
  const unit = (UNITS[parameter.kind] ?? ((one) => one))(parameter.unit);
  return asked({
    ...common,
    unit: LINES.has(parameter.kind) ? "" : unit,
    placeholder: usual ? `${usual} if left out` : `such as ${parameter.example}`,
  });
}

// The value that counts when nothing is written, as people write it.
function written({ default: value, kind, example, unit }) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (kind === "share") return `${+(value * 100).toPrecision(6)}%`;
  if (kind === "time" && unit) return `${value} ${unit}`;
  return value === 0 && /[A-Za-z$€]/.test(example) ? "" : value.toLocaleString("en", { maximumFractionDigits: 10 });
}

// What begins with an input as it is written stays as it is.
const sentence = (text) => text.replace(/^(?!\w+=|\w )./, (sign) => sign.toUpperCase()).replace(/[^.?!]$/, "$&.");

async function calculate(calculator, rows, { result, bar, state }, signal) {
  const inputs = {};
  for (const [name, row] of rows) {
    const value = row.read();
    row.fail("");
    if (value.length) inputs[name] = value;
  }
  keep(inputs, state.here);
  const needed = calculator.inputs.filter((one) => one.required && !(one.name in inputs));
  state.latest = null;
  if (!Object.keys(inputs).length) return empty(result, bar, "Nothing to work out yet: fill in what you know.");
  if (needed.length)
    return empty(result, bar, `Still needed: ${needed.map((one) => label(one.name).toLowerCase()).join(", ")}.`);
  if (new Blob([JSON.stringify(inputs)]).size > MOST_BYTES)
    return empty(
      result,
      bar,
      "These are more values than one request may hold. mlplaybook calculate reads files of any size.",
    );
  try {
    state.latest = await api.calculate(calculator.id, inputs, signal);
    replace(result, worked(state.latest, calculator.formula, Math.min(620, result.clientWidth || innerWidth - 40)));
    bar.say(`${state.latest.result.name}: ${state.latest.result.text}`);
    announce(`${state.latest.result.name}: ${state.latest.result.text}. ${state.latest.meaning}`);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    refused(error, calculator, rows, result, bar);
  }
}

// In the address, so that it can be passed on; columns are too long for that.
function keep(inputs, here) {
  const [way] = location.hash.split("?");
  // Somebody has gone elsewhere meanwhile.
  if (way !== here) return;
  const short = Object.entries(inputs).filter(([, value]) => typeof value === "string");
  const query = new URLSearchParams(short).toString();
  history.replaceState(null, "", `${way}${query && `?${query}`}`);
}

function empty(result, bar, words) {
  replace(result, h("p", { class: "soft nothing" }, words));
  bar.say("");
}

// What is missing is no mistake; what names a value that was given stands beside that value too.
function refused(error, calculator, rows, result, bar) {
  const words = sentence(
    error.message.replace(`${calculator.id}: `, "").replace(`${calculator.id} needs`, "Still needed:"),
  );
  const remedy = error.remedy.includes("mlplaybook ") ? "" : error.remedy;
  const wrong = [...rows].find(([name, row]) => row.read().length && error.message.includes(`${name}=`))?.[1];
  const missing = error.status === 422 && !wrong;
  replace(result);
  add(result, h("p", missing ? { class: "soft nothing" } : { class: "problem", role: "alert" }, `${words} ${remedy}`));
  wrong?.fail(words);
  bar.say(missing ? "" : words);
}
