// A list of artefacts that narrows as one types.
import { h, replace } from "./dom.js";
import { announce } from "./say.js";

/** The entries {id, title, description, names} with links to `base`, and a field that keeps those with all the words typed. */
export function filtered(items, base, what) {
  const rows = items.map((item) => ({
    words: [item.title, item.description, ...(item.names ?? [])].join(" ").toLowerCase(),
    element: h(
      "li",
      {},
      h("a", { href: `#/${base}/${encodeURIComponent(item.id)}` }, item.title),
      h("p", { class: "soft" }, item.description),
    ),
  }));
  const none = h("p", { class: "soft", hidden: true }, "None has these words.");
  const field = h("input", {
    type: "search",
    id: "search",
    placeholder: `Find among ${items.length} ${what}`,
    "aria-label": `Find among the ${what}`,
    autocomplete: "off",
    "aria-keyshortcuts": "/",
  });
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.element.hidden = !wanted.every((word) => row.words.includes(word));
    const left = rows.filter((row) => !row.element.hidden).length;
    none.hidden = left > 0;
    announce(`${left} ${what}`);
  });
  return [
    h("p", { class: "narrow" }, field),
    none,
    h(
      "ul",
      { class: "rows" },
      rows.map((row) => row.element),
    ),
  ];
}

/** Words in which `(page#heading)` is something to open. */
export function linked(text, open) {
  const parts = text.split(/\s*\(([\w/-]+#[\w-]+)\)/);
  return replace(
    h("span"),
    parts.map((part, at) =>
      at % 2 === 0
        ? part
        : [
            " ",
            h(
              "button",
              { type: "button", class: "link", on: { click: (event) => open(part, event.currentTarget) } },
              "Read",
            ),
          ],
    ),
  );
}
