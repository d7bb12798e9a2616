// The sources that a page names in its front matter.
import { h } from "./dom.js";
import { link } from "./markdown.js";

/** What gives a source's number, title and id by its key. */
export function notesOf(sources, prefix) {
  const known = new Map(
    sources.map((source, place) => [
      source.key,
      {
        number: place + 1,
        title: source.title || source.key,
        id: `${prefix}source-${place + 1}`,
      },
    ]),
  );
  return (key) => known.get(key) ?? null;
}

/** The list of sources, those first that the text refers to in its own order. */
export function sourceList(sources, prefix) {
  if (!sources.length) return null;
  const rows = sources.map((source, place) =>
    h(
      "li",
      { id: `${prefix}source-${place + 1}`, tabindex: -1 },
      source.url ? link(source.url, source.title || source.key) : source.title || source.key,
      details(source) && h("span", { class: "soft" }, ` · ${details(source)}`),
    ),
  );
  return h(
    "details",
    { class: "sources-of-page" },
    h("summary", {}, `${sources.length} ${sources.length === 1 ? "source" : "sources"} of this page`),
    h("ol", {}, rows),
  );
}

function details(source) {
  return [source.licence, source["as-of"] && `as of ${source["as-of"]}`].filter(Boolean).join(" · ");
}

/** Follow a note to its source, which may be folded away. */
export function followNotes(element) {
  element.addEventListener("click", (event) => {
    const found = event.target.closest("a[data-note]");
    if (!found) return;
    event.preventDefault();
    const row = document.getElementById(found.dataset.note);
    if (!row) return;
    row.closest("details").open = true;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  });
}
