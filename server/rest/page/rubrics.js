// Rubrics: a slider for each dimension, and at once what the ratings come to.
import * as api from "./api.js";
import { asked } from "./asked.js";
import { bars, scale } from "./chart.js";
import { h, icon, replace } from "./dom.js";
import { glance } from "./glance.js";
import { afterPause } from "./later.js";
import { linked } from "./library.js";
import { openSection } from "./panel.js";
import { announce, copy } from "./say.js";
import { browser } from "./store.js";

const FACTS = [
  ["", "Not known"],
  ["true", "Yes"],
  ["false", "No"],
];

/** All rubrics. */
export async function rubricsView() {
  const items = await api.list("rubrics");
  return h(
    "div",
    { class: "library" },
    h("h1", {}, "Scorecards"),
    h(
      "p",
      { class: "lead" },
      "Rate what you have. The total, what holds it down and what would raise it follow as you move the sliders.",
    ),
    h(
      "ul",
      { class: "cards" },
      items.map((item) =>
        h(
          "li",
          {},
          h("h2", {}, h("a", { href: `#/scores/${item.id}` }, item.title)),
          h("p", { class: "soft" }, item.description),
        ),
      ),
    ),
  );
}

/** A rubric to fill in. */
export async function rubricView(id) {
  const rubric = await api.show("rubrics", id);
  const name = `rubric:${rubric.id}`;
  const kept = browser.read(name, { ratings: {}, evidence: {}, facts: {} });
  const result = h("div", { class: "result", id: "result", "aria-live": "off" });
  const bar = glance(result);
  let latest = null;
  const update = afterPause(async (signal) => {
    browser.write(name, kept);
    const facts = Object.fromEntries(
      Object.entries(kept.facts)
        .filter(([, value]) => value)
        .map(([fact, value]) => [fact, value === "true"]),
    );
    const evidence = Object.fromEntries(
      Object.entries(kept.evidence).filter(([one, words]) => words.trim() && one in kept.ratings),
    );
    try {
      latest = await api.score(rubric.id, { ...kept.ratings, ...facts }, evidence, signal);
      replace(result, outcome(rubric, latest));
      bar.say(headline(latest));
      announce(headline(latest));
    } catch (error) {
      if (error.name === "AbortError") throw error;
      replace(result, h("p", { class: "problem", role: "alert" }, `${error.message} ${error.remedy ?? ""}`));
    }
  }, 250);
  const clear = () => {
    browser.remove(name);
    location.reload();
  };
  update.now();
  return h(
    "div",
    { class: "document" },
    h("p", { class: "trail" }, h("a", { href: "#/scores" }, "Scorecards")),
    h("h1", {}, rubric.title),
    h(
      "p",
      { class: "lead" },
      rubric.description,
      " ",
      h(
        "button",
        { type: "button", class: "link", on: { click: (event) => openSection(rubric.page, event.currentTarget) } },
        "How to rate",
      ),
    ),
    h(
      "div",
      { class: "form" },
      h(
        "form",
        { class: "entry ratings", on: { submit: (event) => event.preventDefault() } },
        dimensions(rubric, kept, update),
        facts(rubric, kept, update),
      ),
      h(
        "aside",
        { class: "side", "aria-label": "Score" },
        result,
        h(
          "div",
          { class: "buttons" },
          h(
            "button",
            { type: "button", class: "plain", on: { click: () => latest && copy(markdown(latest), "Score") } },
            icon("copy"),
            "Copy as Markdown",
          ),
          h("button", { type: "button", class: "plain", on: { click: () => window.print() } }, icon("print"), "Print"),
          h("button", { type: "button", class: "link small", on: { click: clear } }, "Clear all ratings"),
        ),
      ),
    ),
    bar.element,
  );
}

function dimensions(rubric, kept, update) {
  const groups = new Map();
  for (const one of rubric.dimensions)
    groups.set(one.group, [...(groups.get(one.group) ?? []), slider(rubric, one, kept, update)]);
  return [...groups].map(([name, rows]) =>
    name
      ? h(
          "fieldset",
          {},
          h(
            "legend",
            {},
            name.replace(/[-_]/g, " ").replace(/^./, (sign) => sign.toUpperCase()),
          ),
          rows,
        )
      : rows,
  );
}

// The lowest place of a slider, one step below the scale, is that the dimension is not rated.
function slider(rubric, dimension, kept, update) {
  const unrated = rubric.minimum - rubric.step;
  const id = `d-${dimension.name}`;
  const value = h("output", { class: "value", for: id });
  const anchor = h("p", { class: "anchor", id: `${id}-anchor` });
  const input = h("input", {
    type: "range",
    id,
    min: unrated,
    max: rubric.maximum,
    step: rubric.step,
    value: kept.ratings[dimension.name] ?? unrated,
    "aria-describedby": `${id}-question`,
  });
  const row = h("div", { class: "field dimension" });
  const show = () => {
    const rating = Number(input.value);
    const words = rating < rubric.minimum ? "not rated" : String(rating);
    const meaning =
      dimension.anchors[rating] ?? dimension.anchors[String(rating)] ?? dimension.anchors[`${rating}.0`] ?? "";
    replace(value, rating < rubric.minimum ? "–" : words);
    replace(anchor, rating < rubric.minimum ? "Not rated yet" : meaning);
    input.setAttribute("aria-valuetext", meaning ? `${words}: ${meaning}` : words);
    row.dataset.state = rating < rubric.minimum ? "missing" : "mine";
  };
  input.addEventListener("input", () => {
    const rating = Number(input.value);
    if (rating < rubric.minimum) delete kept.ratings[dimension.name];
    else kept.ratings[dimension.name] = rating;
    show();
    update();
  });
  const evidence = h("input", {
    type: "text",
    id: `${id}-evidence`,
    value: kept.evidence[dimension.name] ?? "",
    placeholder: "What shows it: a link, a figure",
    "aria-label": `Evidence for ${dimension.title}`,
    autocomplete: "off",
  });
  evidence.addEventListener("input", () => {
    kept.evidence[dimension.name] = evidence.value;
    update();
  });
  show();
  const ticks = h(
    "div",
    { class: "ticks", "aria-hidden": "true" },
    h("span", {}, "–"),
    Array.from({ length: Math.round((rubric.maximum - rubric.minimum) / rubric.step) + 1 }, (_, at) =>
      h("span", {}, +(rubric.minimum + at * rubric.step).toFixed(2)),
    ),
  );
  row.append(
    h("div", { class: "field-head" }, h("label", { for: id }, dimension.title), value),
    h("p", { class: "question", id: `${id}-question` }, dimension.question),
    input,
    ticks,
    anchor,
    evidence,
    h(
      "div",
      { class: "help" },
      h(
        "button",
        {
          type: "button",
          class: "link",
          on: { click: (event) => openSection(dimension.section, event.currentTarget) },
        },
        "Guidance",
        h("span", { class: "unseen" }, ` on ${dimension.title}`),
      ),
    ),
  );
  return row;
}

function facts(rubric, kept, update) {
  if (!rubric.facts.length) return null;
  const row = (fact) => {
    const question = asked({
      id: `fact-${fact.name}`,
      title: fact.question,
      meaning: fact.meaning,
      options: FACTS,
      value: kept.facts[fact.name] ?? "",
      changed: () => {
        kept.facts[fact.name] = question.read();
        update();
      },
    });
    return question.element;
  };
  return h("fieldset", {}, h("legend", {}, "Facts"), rubric.facts.map(row));
}

function headline(score) {
  const total = score.total === null ? `${score.lowest} to ${score.highest}` : score.total;
  const band = score.band ? score.band.label : score.bands.map((one) => one.label).join(" or ");
  return `${total} of ${score.maximum}: ${band}`;
}

function outcome(rubric, score) {
  const open = score.missing.length;
  const titles = new Map(rubric.dimensions.map((one) => [one.name, one.title]));
  return [
    h(
      "p",
      { class: "total" },
      h("b", {}, score.total === null ? `${score.lowest}–${score.highest}` : score.total),
      h("span", { class: "soft" }, ` of ${score.maximum}`),
    ),
    scale(rubric, score),
    score.band
      ? h("p", {}, h("b", {}, score.band.label), `: ${score.band.meaning}`)
      : h("p", {}, "Still possible: ", h("b", {}, listed(score.bands.map((one) => one.label)))),
    open > 0 && h("p", { class: "soft" }, `${open} ${open === 1 ? "answer is" : "answers are"} open.`),
    bars(rubric, score),
    score.broken.length > 0 &&
      part(
        "Holds it down",
        score.broken.map((one) =>
          row(
            `${titles.get(one.dimension) ?? one.dimension} is ${one.score}, needs ${one.minimum}${one.certain ? "" : ", unless the facts say otherwise"}. ${one.meaning}`,
            one.section,
          ),
        ),
        "bad",
      ),
    score.next_steps.length > 0 &&
      part(
        "Next steps",
        score.next_steps.map((one) => row(one.text, one.section, one.gain ? `+${+one.gain.toFixed(2)} ` : "")),
      ),
    score.notes.length > 0 &&
      h(
        "ul",
        { class: "notes" },
        score.notes.map((one) => h("li", {}, linked(one, openSection))),
      ),
  ];
}

// A few by name, more by their ends.
function listed(labels) {
  return labels.length > 3 ? `${labels[0]} to ${labels.at(-1)}` : labels.join(" or ");
}

function part(title, rows, kind = "") {
  return h("section", { class: `part ${kind}` }, h("h2", { class: "small-title" }, title), h("ul", {}, rows));
}

function row(words, section, gain = "") {
  return h(
    "li",
    {},
    gain && h("b", { class: "gain" }, gain),
    words,
    " ",
    h(
      "button",
      { type: "button", class: "link", on: { click: (event) => openSection(section, event.currentTarget) } },
      "Read",
      h("span", { class: "unseen" }, ` about: ${words}`),
    ),
  );
}

function markdown(score) {
  const lines = score.ratings.map(
    (one) =>
      `| ${one.title} | ${one.score} | ${one.anchor.replaceAll("|", "\\|")} | ${one.evidence.replaceAll("|", "\\|")} |`,
  );
  const steps = score.next_steps.map((one) => `- ${one.text} (${one.section})`);
  return [
    `## ${score.title}: ${headline(score)}`,
    "",
    "| | Rating | Meaning | Evidence |",
    "|---|---|---|---|",
    ...lines,
    "",
    ...(steps.length ? ["Next steps:", "", ...steps, ""] : []),
  ].join("\n");
}
