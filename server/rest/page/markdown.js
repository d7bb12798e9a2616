// The little Markdown that statements hold, as elements and texts: code, strong, emphasis, links to the web, fences, tables.
import { h, iconButton, webLink } from "./dom.js";
import { copy } from "./say.js";

/** More characters than a narrow column of a table has room for. */
export const LONG = 30;

const INLINE = /(`+)([^`]+)\1|\*\*([^*\n]+)\*\*|(?<![\w*])\*([^*\s][^*\n]*)\*(?![\w*])|\[([^\]\n]*)\]\(([^()\s]+)\)/g;
const FENCE = /^ {0,3}(`{3,}|~{3,})[^\n]*\n?/;

/** Words with their marks as nodes. */
export function inline(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(at, found.index));
    const [whole, ticks, code, strong, emphasis, words, target] = found;
    if (ticks) nodes.push(h("code", {}, code.trim() || code));
    else if (strong !== undefined) nodes.push(h("strong", {}, inline(strong)));
    else if (emphasis !== undefined) nodes.push(h("em", {}, inline(emphasis)));
    else nodes.push(link(target, words || target));
    at = found.index + whole.length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

/** A link that leaves this page, or only its words where it leads anywhere but the web. */
export function link(target, ...words) {
  const address = webLink(target);
  if (!address) return h("span", {}, words);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: "outside" }, words);
}

/** A fenced block's lines, or the text as it is. */
export function code(text) {
  const opening = FENCE.exec(text);
  const body = opening ? text.slice(opening[0].length).replace(/\n? {0,3}(`{3,}|~{3,})\s*$/, "") : text;
  return pre(body);
}

/** A block of code that can be copied, and scrolled by keyboard. */
export function pre(...nodes) {
  const block = h("pre", { tabindex: 0, role: "group", "aria-label": "Code" }, h("code", {}, nodes));
  return h(
    "div",
    { class: "code" },
    block,
    iconButton("copy", "Copy code", () => copy(block.textContent, "Code")),
  );
}

/** The cells of a table row; a pipe behind a backslash is a character. */
export function cells(row) {
  const inner = row
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Words without source marks and without the targets of links, on one line. */
export function withoutMarks(text) {
  return text
    .replace(/\[\^[^\]\s]*\]/g, "")
    .replace(/!?\[([^\]]*)\]\([^)\s]*\)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/** A quote as a short line: what marks lists, tables and code is left out. */
export function preview(quote, most) {
  const lines = quote.split("\n").filter((line) => !/^\s*(```|~~~|\|?\s*:?-{3,})/.test(line));
  const words = lines.map((line) =>
    line.trim().startsWith("|") ? cells(line).filter(Boolean).join(" · ") : line.replace(/^\s*([-*+>]|\d+\.)\s+/, ""),
  );
  const plain = withoutMarks(words.join(" "));
  return plain.length > most
    ? `${plain
        .slice(0, most)
        .replace(/\s\S*$/, "")
        .replace(/[\s·:;,]+$/, "")
        .replace(/\*\*[^*]*$/, "")}…`
    : plain;
}
