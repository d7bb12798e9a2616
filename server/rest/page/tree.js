// A page of the corpus, which the service sends as a tree, as elements and texts. What is not named here becomes its words.
import { h } from "./dom.js";
import { LONG, link, pre } from "./markdown.js";

const PLAIN = new Set([
  "p",
  "ul",
  "ol",
  "li",
  "blockquote",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
  "strong",
  "em",
  "s",
  "code",
  "mark",
]);

/**
 * The nodes of a tree. `open` is called with page#heading, `notes` gives a source's number and title by its key,
 * `top` is the level that the page's highest heading gets, and ids begin with `prefix`.
 */
export function draw(nodes, { open, notes = () => null, top = 2, prefix = "" }) {
  const options = { open, notes, top, prefix, highest: highest(nodes) };
  return nodes.map((node) => one(node, options));
}

function highest(nodes) {
  return Math.min(6, ...nodes.filter((node) => node.tag === "h").map((node) => node.level));
}

function one(node, options) {
  if (typeof node === "string") return node;
  const inner = (node.nodes ?? []).map((child) => one(child, options));
  switch (node.tag) {
    case "h":
      return heading(node, inner, options);
    case "a":
      return anchor(node, inner, options);
    case "pre":
      return pre(inner);
    case "note":
      return note(node, options);
    case "table":
      return h("div", { class: "wide", tabindex: 0, role: "group", "aria-label": "Table" }, h("table", {}, inner));
    case "ol":
      return h("ol", { start: Number.isInteger(node.start) && node.start !== 1 && node.start }, inner);
    case "th":
      return h("th", { scope: "col", class: node.align === "right" && "right" }, inner);
    case "td":
      return h("td", { class: node.align === "right" ? "right" : length(node) > LONG && "long" }, inner);
    case "br":
      return h("br");
    case "hr":
      return h("hr");
    default:
      return PLAIN.has(node.tag) ? h(node.tag, {}, inner) : inner;
  }
}

const length = (node) =>
  typeof node === "string" ? node.length : (node.nodes ?? []).reduce((sum, child) => sum + length(child), 0);

function heading(node, inner, { top, highest: first, prefix }) {
  const level = Math.min(6, Math.max(1, node.level - first + top));
  return h(
    `h${level}`,
    { id: node.anchor ? `${prefix}${node.anchor}` : false, tabindex: node.anchor ? -1 : false },
    inner,
  );
}

function anchor(node, inner, { open }) {
  if (!node.section) return link(node.href ?? "", inner);
  const click = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(node.section);
  };
  return h("a", { href: address(node.section), on: { click } }, inner);
}

function note(node, { notes }) {
  const found = notes(node.key);
  if (!found) return null;
  const words = `Source ${found.number}: ${found.title}`;
  return h(
    "sup",
    { class: "note" },
    h("a", { href: `#${found.id}`, title: words, "aria-label": words, data: { note: found.id } }, found.number),
  );
}

/** Where page#heading is on this page. */
export function address(section) {
  const [page, heading = ""] = section.split(/#(.*)/s);
  const name = page.split("/").map(encodeURIComponent).join("%2F");
  return heading ? `#/playbook/${name}/${encodeURIComponent(heading)}` : `#/playbook/${name}`;
}
