// A score as horizontal bars, and the total on the scale of its bands.
import { h, svg } from "./dom.js";

// In pixels of the picture, which is about as wide as it is shown.
const WIDTH = 340;
const ROW = 36;
const BAR = 9;

/** A bar for each dimension, or for each group where there are groups; what is not rated has an empty track. */
export function bars(rubric, score) {
  const rows = rubric.dimensions.some((one) => one.group) ? groupRows(rubric, score) : dimensionRows(rubric, score);
  const words = rows.map((row) => `${row.title}: ${row.words === "–" ? "not rated" : row.words}`).join("; ");
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${rows.length * ROW}`, class: "bars", role: "img", "aria-label": words },
    rows.map(bar),
  );
}

function dimensionRows(rubric, score) {
  const rated = new Map(score.ratings.map((one) => [one.name, one.score]));
  const low = new Set(score.broken.map((one) => one.dimension));
  const span = rubric.maximum - rubric.minimum || 1;
  return rubric.dimensions.map(({ name, title }) => {
    const value = rated.get(name);
    return {
      title,
      words: value ?? "–",
      part: value === undefined ? null : (value - rubric.minimum) / span,
      low: low.has(name),
    };
  });
}

function groupRows(rubric, score) {
  const groups = new Map();
  for (const { name, group } of rubric.dimensions) {
    const found = groups.get(group) ?? { sum: 0, rated: 0, full: 0 };
    const rating = score.ratings.find((one) => one.name === name);
    groups.set(group, {
      sum: found.sum + (rating?.score ?? 0),
      rated: found.rated + (rating ? 1 : 0),
      full: found.full + rubric.maximum,
    });
  }
  return [...groups].map(([name, { sum, rated, full }]) => ({
    title: name.replace(/[-_]/g, " ").replace(/^./, (sign) => sign.toUpperCase()),
    words: rated ? `${+sum.toFixed(2)} of ${full}` : "–",
    part: rated ? sum / full : null,
    low: false,
  }));
}

function bar({ title, words, part, low }, place) {
  const y = place * ROW;
  return svg(
    "g",
    {},
    svg("text", { x: 0, y: y + 14, class: "bar-label" }, short(title)),
    svg("text", { x: WIDTH, y: y + 14, class: "bar-value", "text-anchor": "end" }, words),
    svg("rect", { x: 0, y: y + 19, width: WIDTH, height: BAR, rx: 4, class: "track" }),
    part !== null &&
      svg("rect", {
        x: 0,
        y: y + 19,
        width: Math.max(0.02, part) * WIDTH,
        height: BAR,
        rx: 4,
        class: low ? "bar low" : "bar",
      }),
  );
}

function short(title) {
  return title.length > 44 ? `${title.slice(0, 43).trimEnd()}…` : title;
}

/** The range of the total that is still possible, on the scale of the bands. */
export function scale(rubric, score) {
  const place = (value) => (score.maximum ? (Math.max(0, value) / score.maximum) * WIDTH : 0);
  const low = place(score.lowest);
  const high = place(score.highest);
  const bands = rubric.bands.map((band, at) => {
    const from = place(band.start);
    const to = at + 1 < rubric.bands.length ? place(rubric.bands[at + 1].start) : WIDTH;
    return svg(
      "g",
      {},
      svg("rect", {
        x: from + 1,
        y: 10,
        width: Math.max(0, to - from - 2),
        height: 10,
        rx: 3,
        class: `band band-${Math.min(at, 4)}`,
      }),
      svg("text", { x: from + 2, y: 38, class: "bar-value" }, band.start),
    );
  });
  const words =
    score.total === null
      ? `The total lies between ${score.lowest} and ${score.highest} of ${score.maximum}`
      : `${score.total} of ${score.maximum}`;
  return h(
    "figure",
    { class: "scale" },
    svg(
      "svg",
      { viewBox: `-4 0 ${WIDTH + 8} 42`, role: "img", "aria-label": words },
      bands,
      score.total === null
        ? svg("rect", { x: low, y: 5, width: Math.max(4, high - low), height: 20, rx: 5, class: "range" })
        : svg("rect", { x: low - 3, y: 4, width: 6, height: 22, rx: 3, class: "pointer" }),
    ),
  );
}
