// What is left after an answer: that there was none, what else there is to read or ask, and what should be known about it.
import * as api from "./api.js";
import { h, icon, replace } from "./dom.js";
import { openSection } from "./panel.js";

const MOST = 3;

/** page#heading in words, for want of its title. */
export function words(section) {
  const [page, heading = ""] = section.split(/#(.*)/s);
  const plain = (name) => name.replace(/[-_]+/g, " ").replace(/^./, (sign) => sign.toUpperCase());
  return heading ? `${plain(page)} › ${plain(heading)}` : plain(page);
}

// The headings above a section: as they were found, else as its page has them, else made of its name.
async function pathOf(section, titles) {
  const known = titles(section);
  if (known) return known.split(" › ");
  return api.section(section).then(
    (record) => record.heading_path,
    () => words(section).split(" › "),
  );
}

/** That the playbook does not say, with what is nearest. */
export function abstained(answer, { titles, again }) {
  const row = (section) => {
    const name = h("button", {
      type: "button",
      class: "link",
      on: { click: (event) => openSection(section, event.currentTarget) },
    });
    const trail = h("span", { class: "trail" });
    pathOf(section, titles).then((path) => {
      replace(name, path.at(-1));
      replace(trail, path.slice(0, -1).join(" › "));
    });
    return h("li", {}, name, trail);
  };
  return h(
    "div",
    { class: "abstained" },
    h("h3", {}, icon("none"), "The playbook does not cover this"),
    h("p", {}, "Nothing in it answers the question well enough, so it does not guess."),
    answer.suggestions.length > 0 && [h("p", {}, "The nearest sections are"), h("ul", {}, answer.suggestions.map(row))],
    h("p", { class: "soft" }, "It may help to ask about one thing, in the words of the field."),
    h(
      "p",
      { class: "buttons" },
      again &&
        h("button", { type: "button", class: "plain", on: { click: again } }, icon("edit"), "Change the question"),
      h(
        "a",
        { class: "plain", href: `#/playbook?q=${encodeURIComponent(answer.question.slice(0, 200))}` },
        icon("search"),
        "Search the sections",
      ),
    ),
  );
}

/** Headings near the answer that are questions themselves; pressed, one is asked. */
export function related(answer, { titles, ask }) {
  const cited = new Set(answer.statements.flatMap((one) => one.citations.map((cite) => cite.section)));
  const near = answer.suggestions.filter((section) => !cited.has(section)).slice(0, MOST);
  if (answer.status === "abstained" || !ask || !near.length) return null;
  const list = h("ul", {});
  const box = h(
    "section",
    { class: "related", "aria-label": "Related questions", hidden: true },
    h("h3", {}, "Related questions"),
    list,
  );
  Promise.all(near.map((section) => pathOf(section, titles))).then((paths) => {
    const questions = [...new Set(paths.map((path) => path.at(-1)))].filter(
      (title) => title.endsWith("?") && title.toLowerCase() !== answer.question.trim().toLowerCase(),
    );
    const row = (question) =>
      h("li", {}, h("button", { type: "button", on: { click: () => ask(question) } }, question, icon("send")));
    replace(list, questions.map(row));
    box.hidden = !questions.length;
  });
  return box;
}

/** What was not available, does not apply, or was left out. */
export function notes(answer) {
  const lines = [
    ...answer.degraded.map((line) => `Not everything was available: ${line}.`.replace(/\.\.$/, ".")),
    ...Object.entries(answer.inapplicable ?? {}).map(
      ([page, why]) => `${words(page)} is not written for this project: ${why}.`,
    ),
    answer.removed > 0 &&
      `${answer.removed} ${answer.removed === 1 ? "statement was" : "statements were"} left out for want of support.`,
  ].filter(Boolean);
  return (
    lines.length > 0 &&
    h(
      "ul",
      { class: "notes" },
      lines.map((line) => h("li", {}, line)),
    )
  );
}
