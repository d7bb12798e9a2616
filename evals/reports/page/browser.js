"use strict";
// The browser of cases. Words are only ever set as text: nothing here parses HTML.
// A case: i id, s suite, l slice, k what the same question shares, f file, n line, t title, a asked, e expected, st states,
// d all it lost, ms time, c columns with v values by metric of the suite, o output (null: not kept), w why.
// What is said several times is in the file once: a, e and o are places in `texts`, w are places in `whys`.
const book = JSON.parse(document.getElementById("data").textContent);
for (const one of book.cases) {
  one.a = book.texts[one.a];
  one.e = book.texts[one.e];
  for (const column of one.c) {
    column.o = column.o === null ? null : book.texts[column.o];
    column.w = (column.w || []).map((place) => book.whys[place]);
  }
}
const at = (id) => document.getElementById(id);
const STEP = 100, SMALL = 0.0005;
const last = book.columns.length - 1;
const whole = new Set(book.whole);
const STATES = {
  "": "any", worse: "got worse", flip: "lost a 0/1 score", must: "must pass, lost", better: "got better",
  failing: "scores nothing somewhere", error: "could not be measured",
};
const SORTS = { loss: "largest loss", low: "lowest score", id: "id", slow: "slowest" };
const byId = new Map(book.cases.map((one) => [one.i, one]));
const kin = new Map();
for (const one of book.cases) kin.set(one.k, [...(kin.get(one.k) || []), one]);

/** An element with attributes and children; strings become text nodes. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== "" && value !== null) element.setAttribute(key, value);
  element.append(...children.flat());
  return element;
}

/** A value of a case by metric in a column, undefined where there is none. */
const value = (one, metric, column = last) => one.c[column].v[(book.metrics[one.s] || []).indexOf(metric)];
const isNumber = (found) => typeof found === "number";
const leaf = (metric) => metric.slice(metric.indexOf("/") + 1);
const short = (number) => String(Math.round(number * 1000) / 1000);

/** What a case lost of a metric; negative for a gain. */
function loss(one, metric) {
  if (book.base === null) return 0;
  const before = value(one, metric, book.base), now = value(one, metric);
  return isNumber(before) && isNumber(now) ? before - now : 0;
}

/** Metrics of a case whose value moved, those of all cases together left out. */
const moved = (one) => book.metrics[one.s].filter((metric) => !whole.has(metric) && Math.abs(loss(one, metric)) > SMALL);

/** The words of a case, in lower case, made once. */
function wordsOf(one) {
  if (one.words === undefined) {
    const all = [one.i, one.l, one.t];
    for (const parts of [one.a, one.e, ...one.c.map((column) => column.o)]) {
      for (const [, lines] of Array.isArray(parts) ? parts : []) for (const line of lines) all.push(typeof line === "string" ? line : line[0]);
    }
    one.words = all.join("\n").toLowerCase();
  }
  return one.words;
}

const FIELDS = ["text", "suite", "slice", "metric", "status", "sort"];
const wanted = () => Object.fromEntries(FIELDS.map((name) => [name, at(name).value]));
let shown = [], limit = STEP, open = "";

function matches(one, filter) {
  if (filter.suite && one.s !== filter.suite) return false;
  if (filter.slice && one.l !== filter.slice) return false;
  const given = filter.metric ? value(one, filter.metric) : null;
  if (filter.metric && (given === undefined || given === "na")) return false;
  if (filter.metric && filter.status === "worse") { if (!(whole.has(filter.metric) || worse(one, filter.metric))) return false; }
  else if (filter.status && !one.st.includes(filter.status)) return false;
  return filter.text.toLowerCase().split(/\s+/).every((word) => wordsOf(one).includes(word));
}

/** A loss of this metric; where less is better the page was told by the case's state. */
const worse = (one, metric) => Math.abs(loss(one, metric)) > SMALL && (loss(one, metric) > 0 || (one.d > 0 && moved(one).length === 1));

function order(filter) {
  const lowest = (one) => (filter.metric ? [value(one, filter.metric)] : one.c[last].v).filter(isNumber).reduce((a, b) => Math.min(a, b), 2);
  const lost = (one) => (filter.metric ? loss(one, filter.metric) : one.d);
  const ways = {
    loss: (a, b) => lost(b) - lost(a), low: (a, b) => lowest(a) - lowest(b), id: () => 0, slow: (a, b) => b.ms - a.ms,
  };
  return (a, b) => ways[filter.sort](a, b) || (a.i < b.i ? -1 : 1);
}

function chips(one) {
  return moved(one).map((metric) => {
    const lost = loss(one, metric);
    const text = `${leaf(metric)} ${short(value(one, metric, book.base))} → ${short(value(one, metric))}`;
    return make("span", { class: lost > 0 ? "chip lost" : "chip won" }, text);
  });
}

function item(one) {
  const states = one.st.includes("must") ? [make("span", { class: "badge fail" }, "must pass")] : [];
  if (one.st.includes("error")) states.push(make("span", { class: "badge fail" }, "error"));
  if (!chips(one).length && one.st.includes("failing")) states.push(make("span", { class: "badge" }, "scores nothing"));
  const link = make("a", { href: `#case=${encodeURIComponent(one.i)}`, "data-id": one.i },
    make("span", { class: "title" }, one.t), make("span", { class: "under" }, `${one.i} · ${one.l} `, states, chips(one)));
  if (one.i === open) link.setAttribute("aria-current", "true");
  return make("li", {}, link);
}

function list() {
  const filter = wanted();
  shown = book.cases.filter((one) => matches(one, filter)).sort(order(filter));
  at("list").replaceChildren(...shown.slice(0, limit).map(item));
  at("more").hidden = shown.length <= limit;
  at("count").textContent = `${shown.length.toLocaleString("en")} of ${book.cases.length.toLocaleString("en")} cases.`;
}

function options(id, pairs, chosen) {
  at(id).replaceChildren(...pairs.map(([key, text]) => make("option", { value: key || "" }, text)));
  for (const option of at(id).options) if (!option.hasAttribute("value")) option.value = "";
  at(id).value = pairs.some(([key]) => key === chosen) ? chosen : pairs[0][0];
}

/** Slices and metrics of the suite that is chosen. */
function narrow(slice, metric) {
  const suite = at("suite").value;
  const slices = [...new Set(book.cases.filter((one) => one.s === suite).map((one) => one.l))].sort();
  options("slice", [["", suite ? "all" : "choose a suite"], ...slices.map((name) => [name, name])], slice);
  const metrics = suite ? book.metrics[suite] : Object.values(book.metrics).flat();
  options("metric", [["", "any"], ...metrics.map((name) => [name, suite ? leaf(name) : name])], metric);
}

function setFilters(given) {
  const suites = [...new Set(book.cases.map((one) => one.s))].sort();
  options("suite", [["", "all"], ...suites.map((name) => [name, name])], given.get("suite") || "");
  narrow(given.get("slice") || "", given.get("metric") || "");
  const states = Object.keys(STATES).filter((name) => !name || book.cases.some((one) => one.st.includes(name)));
  const count = (name) => (name ? ` (${book.cases.filter((one) => one.st.includes(name)).length})` : "");
  options("status", states.map((name) => [name, STATES[name] + count(name)]), given.get("status") || "");
  options("sort", Object.entries(SORTS).filter(([name]) => name !== "loss" || book.base !== null), given.get("sort") || (book.base === null ? "low" : "loss"));
  at("text").value = given.get("text") || "";
  limit = STEP;
  list();
}

/** The address follows the filters, so that a view can be passed on. */
function remember() {
  const given = new URLSearchParams(Object.entries(wanted()).filter(([, chosen]) => chosen));
  history.replaceState(null, "", `#cases?${given}`);
}

/** The browser does what the address says. */
function route() {
  const [way, rest] = [location.hash.slice(1).split(/[?=]/, 1)[0], location.hash.replace(/^#[a-z]*[?=]?/, "")];
  if (way === "case") {
    show(decodeURIComponent(rest));
  } else if (way === "cases") {
    if (location.hash.includes("?")) setFilters(new URLSearchParams(rest));
    close();
    at("cases").scrollIntoView();
  }
}

function step(by) {
  const place = shown.findIndex((one) => one.i === open);
  const next = shown[Math.min(Math.max(place + by, 0), shown.length - 1)];
  if (next) location.hash = `#case=${encodeURIComponent(next.i)}`;
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && open) { const was = open; close(); remember(); focusOn(was); return; }
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const does = { "/": () => at("text").focus(), j: () => step(1), k: () => step(-1) }[event.key];
  if (does) { event.preventDefault(); does(); }
}

function focusOn(id) {
  for (const link of document.querySelectorAll("#list a")) if (link.dataset.id === id) link.focus();
}

function begin() {
  at("filters").hidden = false;
  setFilters(new URLSearchParams());
  at("filters").addEventListener("input", (event) => {
    if (event.target.id === "suite") narrow("", "");
    limit = STEP;
    list();
    remember();
  });
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("more").addEventListener("click", () => { limit += 5 * STEP; list(); });
  addEventListener("keydown", press);
  addEventListener("hashchange", route);
  route();
}
