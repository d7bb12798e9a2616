// The fields of a template: a control for each, what was found for it, and what is doubtful about it.
import { h, replace } from "./dom.js";
import { openSection } from "./panel.js";

const STATES = { filled: "from the notes", assumed: "assumed", missing: "open", invalid: "not usable", mine: "yours" };
const LINES = new Set(["text", "list", "mapping"]);

/** A name as people say it: problem_brief.success_metric is Success metric. */
export function label(name) {
  const last = name.split(".").at(-1).replace(/_/g, " ");
  return last
    .replace(/^./, (sign) => sign.toUpperCase())
    .replace(/\b(ml|kpi|slo|sla|api|url|id|gpus?|psi|llm|ci|cd|kv|mfu|auc|sd)\b/gi, (word) =>
      word.toUpperCase().replace("GPUS", "GPUs"),
    );
}

/** The part of a document that a field stands in, below the document's own name. */
export function group(name, root) {
  const parts = name.split(".");
  if (parts[0] === root) parts.shift();
  return parts.slice(0, -1).join(" › ").replace(/_/g, " ");
}

/** A value as it stands in a control. */
export function written(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join("\n");
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}

/** What stands in a control as the service takes it: lists a line each, mappings as JSON or as lines of `name: value`. */
export function given(field, text) {
  const words = text.trim();
  if (!words) return null;
  if (field.type === "boolean") return words === "true";
  if (field.type !== "list" && field.type !== "mapping") return words;
  if (/^[[{]/.test(words)) {
    try {
      return JSON.parse(words);
    } catch {
      return words;
    }
  }
  const lines = words
    .split("\n")
    .map((line) => line.replace(/^\s*[-*]\s+/, "").trim())
    .filter(Boolean);
  if (field.type === "list") return lines;
  return Object.fromEntries(
    lines
      .map((line) => /^([^:]+):\s*(.*)$/s.exec(line))
      .filter(Boolean)
      .map(([, name, value]) => [name.trim(), scalar(value)]),
  );
}

function scalar(text) {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** A field on the page: {element, name, read, write, judge}. `changed` is called when a person changes it. */
export function fieldRow(field, changed) {
  const id = `f-${field.name.replace(/[^\w]/g, "-")}`;
  const input = control(field, id);
  const state = h("span", { class: "state" });
  const evidence = h("div", { class: "evidence" });
  const findings = h("div", { class: "findings", id: `${id}-findings` });
  const example = h(
    "details",
    { class: "example" },
    h("summary", {}, "Example"),
    h("p", {}, h("b", {}, "Good: "), written(field.good)),
    field.bad !== null &&
      field.bad !== undefined &&
      h(
        "p",
        {},
        h("b", {}, "Not: "),
        written(field.bad),
        field.why_bad && h("span", { class: "soft" }, ` (${field.why_bad})`),
      ),
  );
  const element = h(
    "div",
    { class: "field", id: `${id}-row` },
    h(
      "div",
      { class: "field-head" },
      h("label", { for: id }, label(field.name), field.required && h("span", { class: "required" }, " required")),
      state,
    ),
    h("p", { class: "question", id: `${id}-question` }, field.question, field.unit && ` (${field.unit})`),
    input,
    evidence,
    findings,
    h(
      "div",
      { class: "help" },
      example,
      h(
        "button",
        { type: "button", class: "link", on: { click: (event) => openSection(field.section, event.currentTarget) } },
        "Guidance",
        h("span", { class: "unseen" }, ` on ${label(field.name)}`),
      ),
    ),
  );
  const row = { element, name: field.name, mine: false, held: false };
  const mark = (name) => {
    element.dataset.state = name;
    replace(state, STATES[name] ?? "");
  };
  input.addEventListener("input", () => {
    row.mine = Boolean(input.value.trim());
    row.held = false;
    replace(evidence);
    mark(row.mine ? "mine" : "missing");
    changed();
  });
  row.read = () => given(field, input.value);
  row.text = () => input.value;
  row.write = (text, mine) => {
    input.value = text;
    row.mine = mine;
    row.held = false;
    mark(mine ? "mine" : "missing");
  };
  row.take = (filled) => {
    if ((row.mine || row.held) && filled.status !== "invalid") return;
    // What a model found is asked for once and then held, since asking costs money.
    row.held = filled.by === "llm" && filled.status !== "missing";
    if (!row.mine) input.value = written(filled.value);
    mark(row.mine ? "invalid" : filled.status);
    if (row.held) replace(state, "found by a model");
    replace(
      evidence,
      filled.problem && h("p", { class: "bad" }, sentence(filled.problem)),
      row.mine ? [] : filled.evidence.map((one) => proof(one, input.value)),
    );
  };
  row.judge = (found) => {
    replace(
      findings,
      found.map((one) =>
        h(
          "p",
          { class: one.severity },
          h("b", {}, `${SEVERITY[one.severity]}: `),
          one.problem,
          " ",
          h("span", { class: "soft" }, one.remedy),
          " ",
          one.section !== field.section &&
            h(
              "button",
              {
                type: "button",
                class: "link",
                on: { click: (event) => openSection(one.section, event.currentTarget) },
              },
              "Why?",
            ),
        ),
      ),
    );
    input.setAttribute(
      "aria-invalid",
      String(found.some((one) => one.severity === "error") && Boolean(input.value.trim())),
    );
  };
  row.focus = () => input.focus();
  return row;
}

// Words that are the value itself need not stand there twice.
function proof(evidence, value) {
  const same = evidence.quote.trim() === value.trim();
  return h(
    "p",
    {},
    same ? h("span", { class: "soft" }, "Word for word from the ") : [h("q", {}, evidence.quote), " "],
    h("span", { class: "soft" }, evidence.source),
  );
}

const SEVERITY = { error: "Wrong", warning: "Doubtful", note: "Note" };

function sentence(text) {
  return text.replace(/^./, (sign) => sign.toUpperCase()).replace(/[^.]$/, "$&.");
}

function control(field, id) {
  const common = {
    id,
    name: field.name,
    "aria-describedby": `${id}-question ${id}-findings`,
    "aria-required": field.required && "true",
    autocomplete: "off",
  };
  const choices =
    field.type === "boolean" ? ["true", "false"] : field.type === "enum" ? field.allowed.map(String) : null;
  if (choices) {
    const words = (choice) =>
      field.type === "boolean" ? { true: "Yes", false: "No" }[choice] : choice.replace(/_/g, " ");
    return h(
      "select",
      common,
      h("option", { value: "" }, "Not decided"),
      choices.map((choice) => h("option", { value: choice }, words(choice))),
    );
  }
  if (!LINES.has(field.type)) return h("input", { ...common, type: "text", placeholder: hint(field) });
  return h("textarea", { ...common, rows: field.type === "text" ? 2 : 3, placeholder: hint(field) });
}

function hint(field) {
  return (
    {
      list: "One a line",
      mapping: "name: value, one a line",
      date: "2026-11-30",
      percentage: "5%",
      duration: "200 ms",
      money: "1200 EUR",
    }[field.type] ?? ""
  );
}
