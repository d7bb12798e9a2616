// An answer as it is read: statements with the numbers of their sources, or that the playbook does not say.
import * as api from "./api.js";
import { h, icon, iconButton } from "./dom.js";
import { cells, code, inline, LONG, preview } from "./markdown.js";
import { abstained, notes, related } from "./next.js";
import { openPlace } from "./panel.js";
import { announce, copy } from "./say.js";

const SHOWN = 180;
const QUOTED = 400;

/** A place in a page that statements rest on, with all their ranges. */
function placeOf(citations) {
  const [{ n, section, heading_path: path, quote }] = citations;
  return {
    n,
    section,
    path,
    quote,
    quotes: [...new Set(citations.map((one) => one.quote))],
    label: `Source ${n}`,
    ranges: citations.map((one) => [one.char_start, one.char_end]),
  };
}

/** The places that some statements rest on, one for each source; a row says more than the head of its table before it. */
function placesOf(statements) {
  const found = new Map();
  for (const { kind, citations } of statements) {
    const ordered = kind === "row" ? citations.toReversed() : citations;
    for (const one of ordered) found.set(one.n, [...(found.get(one.n) ?? []), one]);
  }
  return [...found.values()].map(placeOf);
}

/** The statements as blocks: sentences run together, items and rows in lists and tables; each block's marks open its words. */
export function body(statements) {
  const places = [];
  const cites = (...some) =>
    placesOf(some).map((place) => {
      places.push(place);
      return chip(place, places);
    });
  return groups(statements).flatMap((group) => block(group, cites));
}

function block(group, cites) {
  switch (group[0].kind) {
    case "item":
      return list(group, cites);
    case "row":
      return [table(group), h("p", { class: "from" }, "From", cites(...group))];
    case "code":
      return group.flatMap((one) => [code(one.text), h("p", { class: "from" }, "From", cites(one))]);
    case "quote":
      return group.map((one) => h("blockquote", {}, h("p", {}, ended(inline(one.text), cites(one)))));
    default:
      return h(
        "p",
        {},
        runs(group).map((run) => [
          ended(
            run.flatMap((one, at) => [at > 0 ? " " : "", ...inline(one.text)]),
            cites(...run),
          ),
          " ",
        ]),
      );
  }
}

// Steps keep the numbers that they have on their page.
function list(group, cites) {
  const numbers = group.map((one) => /^(\d+)[.)]\s/.exec(one.citations.at(-1)?.quote ?? "")?.[1]);
  const item = (one, at) => h("li", numbers[at] ? { value: numbers[at] } : {}, ended(inline(one.text), cites(one)));
  return h(numbers.every(Boolean) ? "ol" : "ul", {}, group.map(item));
}

// A mark stays on the line of the word before it.
function ended(nodes, marks) {
  const last = nodes.at(-1);
  const [, before, word] = typeof last === "string" ? (/^(.*?)(\S{1,24})\s*$/s.exec(last) ?? []) : [];
  return word ? [...nodes.slice(0, -1), before, h("span", { class: "kept" }, word, marks)] : [...nodes, marks];
}

// Sentences behind each other that rest on the same sources share their marks.
function runs(group) {
  const key = (one) => one.citations.map((cited) => cited.n).join();
  const made = [];
  for (const one of group) {
    if (made.length && key(made.at(-1)[0]) === key(one)) made.at(-1).push(one);
    else made.push([one]);
  }
  return made;
}

// Neighbours of one kind; sentences of another source begin a paragraph where the answer quotes.
function groups(statements) {
  const made = [];
  for (const one of statements) {
    const last = made.at(-1)?.at(-1);
    const first = (statement) => statement.citations[0]?.n;
    if (last && last.kind === one.kind && (one.kind !== "row" || first(last) === first(one))) made.at(-1).push(one);
    else made.push([one]);
  }
  return made;
}

function table(rows) {
  const lines = [rows[0].citations[0]?.quote.split("\n")[0] ?? "", ...rows.map((row) => row.text)].map(cells);
  const width = Math.max(...lines.map((line) => line.length));
  // Columns that are empty in every row are left out.
  const kept = Array.from({ length: width }, (_, at) => at).filter((at) => lines.slice(1).some((line) => line[at]));
  const [head, ...rest] = lines.map((line) =>
    kept.map((at) => ({ nodes: inline(line[at] ?? ""), long: (line[at] ?? "").length > LONG })),
  );
  return h(
    "div",
    { class: "wide", tabindex: 0, role: "group", "aria-label": "Table" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((cell) => h("th", { scope: "col" }, cell.nodes)),
        ),
      ),
      h(
        "tbody",
        {},
        rest.map((line) =>
          h(
            "tr",
            {},
            line.map((cell) => h("td", { class: cell.long && "long" }, cell.nodes)),
          ),
        ),
      ),
    ),
  );
}

function chip(place, places) {
  const label = `Source ${place.n}: ${place.path.join(", ")}. Show the quoted words.`;
  const click = (event) => openPlace(place, places, event.currentTarget);
  place.button = h(
    "button",
    {
      type: "button",
      class: "cite",
      "aria-label": label,
      title: place.path.join(" › "),
      data: { n: place.n },
      on: { click },
    },
    place.n,
  );
  return place.button;
}

/**
 * Everything about a finished answer. `titles` gives the heading path of a section that was found, `again` puts the question
 * back to be changed, `ask` asks another one.
 */
export function finished(answer, ways) {
  const said = answer.status === "abstained" ? abstained(answer, ways) : answered(answer);
  return [said, notes(answer), actions(answer, ways), related(answer, ways)];
}

function answered(answer) {
  return h(
    "div",
    {},
    answer.status === "partial" &&
      h(
        "p",
        { class: "notice" },
        icon("none"),
        "Only a part of this is covered. What follows is what the playbook says.",
      ),
    h("div", { class: "prose" }, body(answer.statements)),
    sources(answer.statements),
  );
}

function sources(statements) {
  const places = placesOf(statements);
  if (!places.length) return null;
  const row = (place) => {
    const click = (event) => openPlace(place, places, event.currentTarget);
    place.button = h(
      "button",
      { type: "button", class: "source", on: { click } },
      h("span", { class: "n", "aria-hidden": "true" }, place.n),
      h(
        "span",
        {},
        h("span", { class: "trail" }, place.path.slice(0, -1).join(" › ")),
        h("span", { class: "name" }, place.path.at(-1)),
        h("q", {}, inline(preview(place.quote, SHOWN))),
      ),
    );
    return h("li", { value: place.n }, place.button);
  };
  return h(
    "section",
    { class: "sources", "aria-label": "Sources" },
    h("h3", {}, "Sources"),
    h("ol", {}, places.map(row)),
  );
}

function actions(answer, { again }) {
  const how =
    answer.status === "abstained"
      ? ""
      : answer.mode === "llm"
        ? `Written by ${answer.stamp.model || "a model"}, every statement checked against its source`
        : "In the playbook's own words";
  return h(
    "div",
    { class: "actions" },
    h(
      "span",
      { class: "soft" },
      [how, answer.stamp.cached && (how ? "asked before" : "Asked before")].filter(Boolean).join(" · "),
    ),
    h(
      "span",
      { class: "buttons" },
      answer.status !== "abstained" && iconButton("copy", "Copy as Markdown", () => copy(markdown(answer), "Answer")),
      answer.status !== "abstained" && again && iconButton("edit", "Change the question", again),
      answer.id && [rate(answer, "up", "Good answer"), rate(answer, "down", "Bad answer")],
    ),
  );
}

function rate(answer, rating, label) {
  return iconButton(
    rating,
    label,
    async (event) => {
      const button = event.currentTarget;
      try {
        const sections = [
          ...new Set(answer.statements.flatMap((one) => one.citations.map((cited) => cited.section))),
        ].slice(0, 20);
        await api.feedback({ answer_id: answer.id, rating, question: answer.question, sections });
        for (const other of button.parentElement.querySelectorAll("[aria-pressed]"))
          other.setAttribute("aria-pressed", "false");
        button.setAttribute("aria-pressed", "true");
        announce("Thank you, noted.");
      } catch (error) {
        announce(`Not noted: ${error.message}`);
      }
    },
    { "aria-pressed": "false" },
  );
}

/** Question, answer and the exact words it rests on. */
export function markdown(answer) {
  const lines = new Map();
  for (const statement of answer.statements) {
    for (const one of statement.citations) {
      const where = `[${one.n}] ${one.heading_path.join(" › ")} (${one.section})`;
      if (!lines.has(one.n)) lines.set(one.n, `${where}: “${preview(one.quote, QUOTED)}”`);
    }
  }
  const list = [...lines.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, line]) => `- ${line}`)
    .join("\n");
  return `## ${answer.question}\n\n${answer.text}\n${list && `\nSources:\n\n${list}\n`}`;
}
