// The section behind a citation, beside what is being read; on a narrow screen in front of it.
import * as api from "./api.js";
import { h, icon, iconButton, replace } from "./dom.js";
import { announce, copy } from "./say.js";
import { followNotes, notesOf, sourceList } from "./sources.js";
import { address, draw } from "./tree.js";

const NARROW = matchMedia("(max-width: 64rem)");
const REST = ["main", "header", "skip"];
let from = null;
let places = [];
let at = 0;
let asked = 0;
let lit = null;

const panel = () => document.getElementById("panel");

/** Show a place {section, ranges, label}; `others` are those that the arrows lead to, `opener` gets the focus back. */
export function openPlace(place, others = [place], opener = document.activeElement) {
  if (panel().hidden) from = opener;
  places = others;
  at = Math.max(0, others.indexOf(place));
  return show(place);
}

/** Show a section that no words are quoted of. */
export function openSection(section, opener) {
  return openPlace({ section, ranges: [], label: "" }, undefined, opener);
}

export const isOpen = () => !panel().hidden;

/** The place before or after the one that is shown. */
export function step(by) {
  if (!isOpen() || places.length < 2) return;
  at = (at + by + places.length) % places.length;
  show(places[at]);
}

export function close() {
  if (!isOpen()) return;
  asked += 1;
  light(null);
  panel().hidden = true;
  document.body.classList.remove("beside");
  hold();
  from?.isConnected ? from.focus({ preventScroll: true }) : document.getElementById("main").focus();
}

// The number or source that is open is seen among the others.
function light(place) {
  lit?.removeAttribute("aria-current");
  lit = place?.button ?? null;
  lit?.setAttribute("aria-current", "true");
}

// In front of the page the rest of it cannot be reached; beside it, it can.
function hold() {
  const modal = isOpen() && NARROW.matches;
  for (const name of REST) document.getElementById(name).inert = modal;
  panel().setAttribute("role", modal ? "dialog" : "complementary");
  modal ? panel().setAttribute("aria-modal", "true") : panel().removeAttribute("aria-modal");
}
NARROW.addEventListener("change", hold);

async function show(place) {
  const mine = ++asked;
  light(place);
  panel().hidden = false;
  document.body.classList.add("beside");
  hold();
  replace(panel(), head(place), h("div", { class: "panel-body" }, h("p", { class: "soft" }, "Opening…")));
  panel().focus({ preventScroll: true });
  try {
    const record = await api.section(place.section, place.ranges);
    if (mine === asked) fill(place, record);
  } catch (error) {
    if (mine !== asked) return;
    replace(
      panel(),
      head(place),
      h(
        "div",
        { class: "panel-body" },
        h("p", { class: "problem", role: "alert" }, `${error.message} ${error.remedy ?? ""}`),
      ),
    );
  }
}

function head(place, record) {
  const path = record?.heading_path ?? [];
  return h(
    "div",
    { class: "panel-head" },
    h(
      "div",
      { class: "panel-tools" },
      h("span", { class: "count" }, place.label || "Playbook"),
      places.length > 1 &&
        h(
          "span",
          { class: "steps" },
          iconButton("left", "Previous citation", () => step(-1), { "aria-keyshortcuts": "[" }),
          h("span", { class: "soft" }, `${at + 1} of ${places.length}`),
          iconButton("right", "Next citation", () => step(1), { "aria-keyshortcuts": "]" }),
        ),
      iconButton("close", "Close", close, { "aria-keyshortcuts": "Escape" }),
    ),
    path.length > 1 && h("p", { class: "trail" }, path.slice(0, -1).join(" › ")),
    h("h2", { id: "panel-title" }, path.at(-1) ?? "Section"),
  );
}

const words = (place) => (place.ranges.length ? (place.quotes ?? []).join("\n\n") : "");

/** The quoted words with where they stand, or a link to what is open. */
function passage(place, record) {
  const link = new URL(address(record.section), location.href).href;
  if (!words(place)) return link;
  const quote = words(place)
    .split("\n")
    .map((line) => `> ${line}`.trimEnd())
    .join("\n");
  return `${quote}\n\n${record.heading_path.join(" › ")} (${record.section}): ${link}\n`;
}

function fill(place, record) {
  const prefix = "panel-";
  const notes = notesOf(record.sources, prefix);
  const open = (section) => openSection(section, from);
  // The heading of the section stands in the panel's head already.
  const nodes = record.nodes[0]?.tag === "h" ? record.nodes.slice(1) : record.nodes;
  const article = h("div", { class: "prose" }, draw(nodes, { open, notes, top: 3, prefix }));
  followNotes(article);
  replace(
    panel(),
    head(place, record),
    h(
      "div",
      { class: "panel-body", tabindex: 0, role: "region", "aria-label": "Section" },
      article,
      sourceList(record.sources, prefix),
      h(
        "p",
        { class: "meta" },
        record.reviewed && `Reviewed ${record.reviewed}. `,
        h(
          "a",
          {
            href: address(record.section),
            on: {
              click: () => {
                if (NARROW.matches) close();
              },
            },
          },
          icon("open"),
          "Read the whole page",
        ),
        h(
          "button",
          { type: "button", class: "link", on: { click: () => copy(passage(place, record), "Passage") } },
          icon("copy"),
          words(place) ? "Copy the quoted words" : "Copy a link",
        ),
      ),
    ),
  );
  const mark = panel().querySelector("mark");
  if (mark) mark.scrollIntoView({ block: "center" });
  const told = mark ? "The quoted words are marked." : "";
  announce(`${record.heading_path.join(", ")}. ${told}`);
}
