// One case with everything that is known of it, and what changed word by word.
const MOST_WORDS = 1500;
// Of texts that share less, marks say nothing: they are another text.
const ALIKE = 0.35;

/** A word with the white space behind it is the same word at the end of a line. */
const same = (one, other) => one.trimEnd() === other.trimEnd();

/** Words as [state, text]: "" in both, "-" only before, "+" only now; too long texts are taken whole. */
function differences(before, now) {
  const a = before.match(/\S+\s*|\s+/g) || [], b = now.match(/\S+\s*|\s+/g) || [];
  let head = 0, tail = 0;
  while (head < Math.min(a.length, b.length) && same(a[head], b[head])) head++;
  while (tail < Math.min(a.length, b.length) - head && same(a[a.length - 1 - tail], b[b.length - 1 - tail])) tail++;
  const x = a.slice(head, a.length - tail), y = b.slice(head, b.length - tail), found = [];
  const push = (state, text) => {
    if (found.length && found[found.length - 1][0] === state) found[found.length - 1][1] += text;
    else if (text) found.push([state, text]);
  };
  push("", b.slice(0, head).join(""));
  if (x.length > MOST_WORDS || y.length > MOST_WORDS) {
    push("-", x.join(""));
    push("+", y.join(""));
  } else {
    walk(x, y, push);
  }
  push("", b.slice(b.length - tail).join(""));
  return found;
}

/** The longest common subsequence of words, told from the front. */
function walk(x, y, push) {
  const wide = y.length + 1, table = new Uint16Array((x.length + 1) * wide);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = y.length - 1; j >= 0; j--) {
      table[i * wide + j] = same(x[i], y[j]) ? table[(i + 1) * wide + j + 1] + 1 : Math.max(table[(i + 1) * wide + j], table[i * wide + j + 1]);
    }
  }
  let i = 0, j = 0;
  while (i < x.length || j < y.length) {
    if (i < x.length && j < y.length && same(x[i], y[j])) { push("", y[j]); i++; j++; }
    else if (j >= y.length || (i < x.length && table[(i + 1) * wide + j] >= table[i * wide + j + 1])) push("-", x[i++]);
    else push("+", y[j++]);
  }
}

const textOf = (line) => (typeof line === "string" ? line : line[0]);
const markOf = (line) => (typeof line === "string" ? "" : line[1]);

/** A part of a case; against the same part of before, words that changed are marked. */
function piece([name, lines], before) {
  const was = before && before.find((part) => part[0] === name);
  const old = was && was[1].map(textOf).join("\n"), now = lines.map(textOf).join("\n");
  if (was && old !== now && lines.length === 1 && was[1].length === 1) {
    const found = differences(old, now);
    const shared = found.filter(([state]) => !state).reduce((sum, [, text]) => sum + text.length, 0);
    if (shared < ALIKE * Math.min(old.length, now.length)) {
      return make("div", { class: "part" }, make("h5", {}, `${name}, another text`), make("p", { class: markOf(lines[0]) }, now));
    }
    const marked = found.map(([state, text]) => (state ? make(state === "+" ? "ins" : "del", {}, text) : text));
    return make("div", { class: "part" }, make("h5", {}, `${name}, changed`), make("p", { class: markOf(lines[0]) }, marked));
  }
  const gone = was && old !== now ? was[1].map(textOf).filter((text) => !lines.some((line) => textOf(line) === text)) : [];
  const fresh = was ? new Set(was[1].map(textOf)) : null;
  const entries = lines.map((line) => make(lines.length > 1 || gone.length ? "li" : "p", { class: markOf(line) },
    fresh && !fresh.has(textOf(line)) ? make("ins", {}, textOf(line)) : textOf(line)));
  const dropped = gone.map((text) => make("li", {}, make("del", {}, text)));
  const body = lines.length > 1 || gone.length ? [make("ul", {}, entries, dropped)] : entries;
  return make("div", { class: "part" }, make("h5", {}, name), body);
}

/** What came of a case in a column; against the first one, words that changed are marked. */
function outcome(one, column) {
  const first = one.c[0].o, given = one.c[column].o;
  const head = make("h4", {}, book.columns.length > 1 ? `Got: ${book.columns[column]}` : "Got");
  if (given === null) return make("div", {}, head, make("p", { class: "soft" }, "Only the scores are kept."));
  if (column > 0 && given === first) return make("div", {}, head, make("p", { class: "soft" }, `As in ${book.columns[0]}.`));
  return make("div", {}, head, given.map((part) => piece(part, column > 0 ? first : null)));
}

function scoreRow(one, metric, place) {
  const cells = one.c.map((column) => {
    const found = column.v[place];
    return make("td", { class: "num" }, isNumber(found) ? short(found) : found === null || found === undefined ? "" : found === "na" ? "n/a" : found);
  });
  const lost = loss(one, metric);
  const change = book.base === null ? [] : [make("td", { class: `num delta ${lost > SMALL ? "lost" : lost < -SMALL ? "won" : ""}` },
    Math.abs(lost) > SMALL ? (lost < 0 ? "+" : "−") + short(Math.abs(lost)) : "")];
  const why = (one.c[last].w || [])[place] || "";
  return make("tr", {}, make("th", { scope: "row" }, leaf(metric)), cells, change, make("td", { class: "why" }, why));
}

function scores(one) {
  const names = [...book.columns, ...(book.base === null ? [] : ["change"])];
  const head = make("tr", {}, make("th", { scope: "col" }, "score"), names.map((name) => make("th", { scope: "col", class: "num" }, name)), make("th", { scope: "col" }, "why"));
  const rows = book.metrics[one.s].map((metric, place) => scoreRow(one, metric, place));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Scores" },
    make("table", {}, make("thead", {}, head), make("tbody", {}, rows)));
}

/** The same question in other suites: what an answer rests on. */
function relatives(one) {
  const others = (kin.get(one.k) || []).filter((other) => other !== one);
  if (!others.length) return [];
  return [make("h4", {}, "The same question elsewhere"), make("ul", { class: "kin" }, others.map((other) => make("li", {},
    make("a", { href: `#case=${encodeURIComponent(other.i)}` }, other.s), " ", chips(other).length ? chips(other) : "as before")))];
}

function show(id) {
  const one = byId.get(id);
  if (!one) return;
  open = id;
  const columns = book.columns.map((_, column) => column).filter((column) => one.c[column].o !== null || column === last);
  const kept = columns.length < book.columns.length ? [make("p", { class: "soft small" }, `What came in ${book.columns[0]} was not kept, only its scores.`)] : [];
  const back = make("button", { type: "button", class: "close", "aria-label": "Close the case" }, "✕");
  back.addEventListener("click", () => { close(); remember(); focusOn(id); });
  const asked = one.a.filter(([, lines]) => textOf(lines[0]) !== one.t || lines.length > 1);
  at("detail").replaceChildren(
    make("header", {}, make("h3", {}, one.t), back),
    make("p", { class: "soft small" }, `${one.i} · ${one.l} · ${one.f}, line ${one.n} · ${one.ms} ms`),
    make("div", { class: "sides" },
      asked.length ? make("div", {}, make("h4", {}, "Asked"), asked.map((part) => piece(part, null))) : [],
      make("div", {}, make("h4", {}, "Expected"), one.e.map((part) => piece(part, null)))),
    ...kept, make("div", { class: "sides" }, columns.map((column) => outcome(one, column))), scores(one), ...relatives(one),
    make("p", { class: "small soft" }, "Again, as it is now: ", make("code", {}, `evals show ${one.i}`)));
  at("detail").hidden = false;
  document.body.classList.add("reading");
  for (const link of document.querySelectorAll("#list a")) {
    if (link.dataset.id === id) { link.setAttribute("aria-current", "true"); link.scrollIntoView({ block: "nearest" }); }
    else link.removeAttribute("aria-current");
  }
  at("detail").scrollTop = 0;
  const box = at("cases").getBoundingClientRect();
  if (box.top > innerHeight / 2 || box.bottom < 0) at("detail").scrollIntoView({ block: "start" });
  at("detail").focus({ preventScroll: true });
}

function close() {
  open = "";
  at("detail").hidden = true;
  document.body.classList.remove("reading");
  for (const link of document.querySelectorAll("#list [aria-current]")) link.removeAttribute("aria-current");
}

begin();
