// The playbook itself: its pages by folder, a search, and a page to read.
import * as api from "./api.js";
import { contents } from "./contents.js";
import { h, icon, replace } from "./dom.js";
import { inline, preview } from "./markdown.js";
import { openSection } from "./panel.js";
import { announce } from "./say.js";
import { followNotes, notesOf, sourceList } from "./sources.js";
import { address, draw } from "./tree.js";

const WAIT_MS = 250;
const FOUND = 10;

/** All pages, and what a search for the `q` of the address finds. */
export async function playbookView(given) {
  const results = h("div", { id: "results" });
  const field = h("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    placeholder: "Search every section",
    "aria-label": "Search the playbook",
    value: given.get("q") ?? "",
    "aria-keyshortcuts": "/",
  });
  const folders = h("div", { class: "folders" }, grouped(await api.pages()));
  searchBy(field, results, folders);
  if (field.value) field.dispatchEvent(new Event("input"));
  return h(
    "div",
    { class: "playbook" },
    h("h1", {}, "The playbook"),
    h(
      "form",
      { role: "search", class: "search", on: { submit: (event) => event.preventDefault() } },
      icon("search"),
      field,
    ),
    results,
    folders,
  );
}

function grouped(pages) {
  const groups = new Map();
  for (const page of pages) groups.set(page.folder, [...(groups.get(page.folder) ?? []), page]);
  return [...groups].map(([folder, entries]) =>
    h(
      "section",
      { class: "folder" },
      h("h2", {}, folderName(folder)),
      h(
        "ul",
        {},
        entries.map((page) =>
          h(
            "li",
            {},
            h("a", { href: address(page.id) }, page.title || page.id),
            page.description && h("p", { class: "soft" }, page.description),
          ),
        ),
      ),
    ),
  );
}

/** A folder as people say it: 07-operations is Operations. */
export function folderName(folder) {
  const plain = folder.split("/").at(-1).replace(/^\d+-/, "").replace(/[-_]+/g, " ");
  return plain === "llm" ? "LLM" : plain.replace(/^./, (sign) => sign.toUpperCase()) || "Pages";
}

function searchBy(field, results, folders) {
  let timer = 0;
  let controller = null;
  const run = async () => {
    controller?.abort();
    // Somebody has gone elsewhere meanwhile.
    if (!field.isConnected) return;
    const query = field.value.trim();
    history.replaceState(null, "", query ? `#/playbook?q=${encodeURIComponent(query)}` : "#/playbook");
    folders.hidden = Boolean(query);
    if (!query) return replace(results);
    controller = new AbortController();
    try {
      const found = await api.search(query, FOUND, controller.signal);
      replace(results, list(found, query));
      announce(found.hits.length ? `${found.hits.length} sections` : "Nothing was found");
    } catch (error) {
      if (error.name !== "AbortError")
        replace(results, h("p", { class: "problem", role: "alert" }, `${error.message} ${error.remedy ?? ""}`));
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(run, WAIT_MS);
  });
}

function list(found, query) {
  const wanted = query.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  if (!found.hits.length)
    return h("p", { class: "soft" }, "Nothing was found. Try one thing at a time, in the words of the field.");
  return [
    found.coverage === "none" &&
      h("p", { class: "notice" }, icon("none"), "The playbook hardly covers this; these sections are nearest."),
    h(
      "ol",
      { class: "hits" },
      found.hits.map((hit) =>
        h(
          "li",
          {},
          h("span", { class: "trail" }, hit.heading_path.slice(0, -1).join(" › ")),
          h(
            "a",
            { href: address(hit.section), on: { click: (event) => beside(event, hit.section) } },
            lit(hit.heading_path.at(-1), wanted),
          ),
          h(
            "p",
            { class: "soft" },
            inline(preview(hit.text.replace(/^#.*$/gm, ""), 220)).map((node) => lit(node, wanted)),
          ),
        ),
      ),
    ),
  ];
}

// Words that begin as one of those that were looked for stand out.
function lit(node, wanted) {
  if (typeof node !== "string" || !wanted.length) return node;
  return node
    .split(/([\p{L}\p{N}]+)/u)
    .map((part, at) =>
      at % 2 && wanted.some((one) => part.toLowerCase().startsWith(one)) ? h("b", { class: "lit" }, part) : part,
    );
}

// In a search the panel is quicker than leaving the list; with a modifier key the link is a link.
function beside(event, section) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  openSection(section, event.currentTarget);
}

/** A page; `chars` is a range whose words are marked. */
export async function pageView(id, heading, chars) {
  const [record, pages] = await Promise.all([api.section(id, chars ? [chars] : []), api.pages()]);
  const prefix = "h-";
  // The title stands above already, and headings that only order a page say nothing.
  const furniture = new Set(
    record.sections.filter((entry) => entry.structural).map((entry) => entry.id.split("#").at(-1)),
  );
  const nodes = record.nodes.filter((node) => node.tag !== "h" || !furniture.has(node.anchor));
  const article = h(
    "div",
    { class: "prose" },
    draw(nodes, {
      open: (section) => {
        location.hash = address(section);
      },
      notes: notesOf(record.sources, prefix),
      top: 2,
      prefix,
    }),
  );
  followNotes(article);
  const view = h(
    "article",
    { class: "page" },
    h("p", { class: "trail" }, h("a", { href: "#/playbook" }, "Playbook"), ` › ${folderName(record.folder)}`),
    h("h1", {}, record.title),
    record.description && h("p", { class: "lead" }, record.description),
    contents(record, prefix),
    h(
      "div",
      { class: "page-body" },
      article,
      sourceList(record.sources, prefix),
      record.reviewed && h("p", { class: "meta" }, `Reviewed ${record.reviewed}`),
      around(id, pages),
    ),
  );
  // After it is shown.
  queueMicrotask(() => arrive(view, heading && `${prefix}${heading}`));
  return view;
}

function around(id, pages) {
  const at = pages.findIndex((page) => page.id === id);
  const [before, after] = [pages[at - 1], pages[at + 1]];
  return h(
    "nav",
    { class: "around", "aria-label": "Neighbouring pages" },
    before ? h("a", { href: address(before.id), rel: "prev" }, icon("left"), before.title) : h("span"),
    after ? h("a", { href: address(after.id), rel: "next" }, after.title, icon("right")) : h("span"),
  );
}

function arrive(view, id) {
  requestAnimationFrame(() => {
    const target = view.querySelector("mark") ?? (id && document.getElementById(id));
    if (!target) return;
    target.scrollIntoView({ block: target.tagName === "MARK" ? "center" : "start" });
    target.focus?.({ preventScroll: true });
  });
}
