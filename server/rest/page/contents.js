// The headings of a page beside it, with the one that is being read.
import { h } from "./dom.js";
import { address } from "./tree.js";

/** The list; `prefix` is what ids of headings begin with. Null where a page has hardly any headings. */
export function contents(record, prefix) {
  const entries = record.sections.filter((entry) => !entry.structural);
  if (entries.length < 3) return null;
  const links = new Map(
    entries.map((entry) => [
      `${prefix}${entry.id.split("#").at(-1)}`,
      h("a", { href: address(entry.id) }, entry.title),
    ]),
  );
  const rows = [...links.values()].map((link, at) =>
    h("li", { class: `level-${Math.min(4, entries[at].level)}` }, link),
  );
  const list = h(
    "details",
    { class: "contents", open: matchMedia("(min-width: 78rem)").matches },
    h("summary", {}, "On this page"),
    h("ul", {}, rows),
  );
  queueMicrotask(() => follow(links));
  return list;
}

// The last heading above the middle of the upper half is the one that is read.
function follow(links) {
  const seen = () => {
    const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    if (!headings.length) return removeEventListener("scroll", seen);
    const above = headings.filter((one) => one.getBoundingClientRect().top < innerHeight * 0.3);
    const now = (above.at(-1) ?? headings[0]).id;
    for (const [id, link] of links)
      id === now ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    return undefined;
  };
  addEventListener("scroll", seen, { passive: true });
  requestAnimationFrame(seen);
}
