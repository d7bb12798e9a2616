// A finished calculation: the result, what it means, the picture, the arithmetic, and what was assumed.
import { h } from "./dom.js";
import { linked } from "./library.js";
import { openSection } from "./panel.js";
import { plot } from "./plot.js";

/** Everything about a calculation, a picture as wide as `width` pixels among it; `formula` stands above already. */
export function worked(made, formula, width) {
  const usual = made.inputs.filter((one) => one.origin === "default");
  return [
    headline(made),
    made.more.length > 0 &&
      h(
        "dl",
        { class: "figures" },
        made.more.map((one) => h("div", {}, h("dt", {}, one.name), h("dd", {}, one.text))),
      ),
    made.chart && plot(made.chart, width),
    part(
      "Arithmetic",
      made.formula !== formula && h("p", { class: "formula" }, h("code", {}, made.formula)),
      h(
        "ol",
        { class: "steps-of" },
        made.steps.map((one) => h("li", {}, h("code", {}, one))),
      ),
    ),
    made.table && part("Line by line", table(made.table)),
    part(
      "Assumed",
      h(
        "ul",
        {},
        usual.length > 0 &&
          h("li", {}, "Not given, so: ", usual.map((one) => `${one.name.replace(/_/g, " ")} ${one.text}`).join(", ")),
        made.assumptions.map((one) => h("li", {}, linked(one, openSection))),
      ),
    ),
  ];
}

function headline({ result, verdict, meaning }) {
  // An interval behind the figure is set smaller.
  const [, figure, rest] = /^(.*?)( \(.*\))?$/s.exec(result.text);
  return h(
    "div",
    { class: "headline" },
    h(
      "p",
      { class: "soft" },
      result.name.replace(/^./, (sign) => sign.toUpperCase()),
    ),
    h("p", { class: "total" }, h("b", {}, figure), rest && h("span", { class: "soft" }, rest)),
    h("p", {}, verdict && h("span", { class: "word" }, verdict.replace(/-/g, " ")), meaning),
  );
}

function part(title, ...nodes) {
  return h("section", { class: "part" }, h("h2", { class: "small-title" }, title), nodes);
}

const NUMBER = /^[−-]?[\d.,]+ ?[%A-Za-z]{0,6}$/;

function table({ columns, rows }) {
  const right = columns.map((_, at) => rows.every((row) => !row[at] || NUMBER.test(row[at])) && "right");
  return h(
    "div",
    { class: "wide", tabindex: 0, role: "group", "aria-label": "Line by line" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map((one, at) => h("th", { scope: "col", class: right[at] }, one)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((cell, at) => h("td", { class: right[at] }, cell)),
          ),
        ),
      ),
    ),
  );
}

/** A calculation to paste elsewhere. */
export function markdown(made) {
  const lines = (items) => items.map((one) => `- ${one}`);
  return [
    `## ${made.title}: ${made.result.text}`,
    "",
    ...(made.meaning ? [made.meaning, ""] : []),
    ...lines([made.result, ...made.more].map((one) => `${one.name}: ${one.text}`)),
    "",
    "Inputs:",
    "",
    ...lines(made.inputs.map((one) => `${one.name}: ${one.text}${one.origin === "default" ? " (not given)" : ""}`)),
    "",
    "```text",
    made.formula,
    ...made.steps,
    "```",
    "",
    ...(made.assumptions.length ? ["Assumed:", "", ...lines(made.assumptions), ""] : []),
    `Source: ${made.section}`,
    "",
  ].join("\n");
}
