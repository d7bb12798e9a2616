// The chart of a calculation: bars side by side, curves, or intervals.
import { h, svg } from "./dom.js";

const HEIGHT = 300;
const ROW = 52;
const LETTER = 6.6;
// Names that are longer than their place lean.
const LEAN = 38;

/** A figure of a chart {kind, title, x_label, y_label, series, limits, marks}, as wide as `width` pixels. */
export function plot(chart, width) {
  const drawn = { bars, lines, intervals }[chart.kind]?.(chart, width);
  if (!drawn) return null;
  const many = chart.series.length > 1 && chart.kind !== "intervals";
  return h(
    "figure",
    { class: "plot" },
    h("figcaption", {}, chart.title),
    many && legend(chart.series),
    svg("svg", { viewBox: `0 0 ${width} ${drawn.height}`, role: "img", "aria-label": words(chart) }, drawn.nodes),
  );
}

function legend(series) {
  return h(
    "p",
    { class: "legend" },
    series.map((one, at) => h("span", {}, h("i", { class: `key key-${at}`, "aria-hidden": "true" }), one.name)),
  );
}

// What the picture says, for those who do not see it.
function words({ title, kind, series, limits, marks }) {
  const said = {
    bars: () =>
      series[0].x.map(
        (name, at) => `${oneLine(name)}: ${series.map((one) => `${one.name} ${round(one.y[at])}`).join(", ")}`,
      ),
    intervals: () => series.map(({ x: [name], ...one }) => `${name}: ${estimate(one)}`),
    lines: () => series.map((one) => `${one.name} from ${round(one.y[0])} to ${round(one.y.at(-1))}`),
  }[kind]();
  const more = [...limits.map(([, label]) => label), ...marks.map(([, , label]) => label)].filter(Boolean);
  return [title, ...said, ...more].join("; ");
}

const estimate = ({ y: [middle], low: [low], high: [high] }) =>
  low === high ? round(middle) : `${round(middle)} (${round(low)} to ${round(high)})`;

const oneLine = (name) => String(name).split("\n")[0];
// Four digits that say something; large numbers whole.
const round = (value) =>
  value.toLocaleString("en", Math.abs(value) < 1000 ? { maximumSignificantDigits: 4 } : { maximumFractionDigits: 0 });

/** Round numbers from at most `low` to at least `high`, about `count` of them. */
export function ticks(low, high, count = 5) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil((low + span) / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

function scaleOf(from, to, start, end) {
  return (value) => start + ((value - from) / (to - from || 1)) * (end - start);
}

// The frame of bars and curves: lines across with their numbers, and what the axes are.
function frame(chart, width, heights, below) {
  const marks = ticks(Math.min(0, ...heights), Math.max(...heights));
  const left = 14 + Math.max(...marks.map((one) => round(one).length)) * LETTER;
  const top = 26;
  const bottom = HEIGHT - below;
  const y = scaleOf(marks[0], marks.at(-1), bottom, top);
  const nodes = [
    svg("text", { x: 0, y: 11, class: "axis" }, chart.y_label),
    marks.map((one) => [
      svg("line", { x1: left, x2: width, y1: y(one), y2: y(one), class: "grid" }),
      svg("text", { x: left - 7, y: y(one) + 4, class: "tick", "text-anchor": "end" }, round(one)),
    ]),
    svg("text", { x: width, y: HEIGHT - 3, class: "axis", "text-anchor": "end" }, chart.x_label),
  ];
  return { nodes, left, y, bottom, zero: y(Math.max(0, marks[0])) };
}

function bars(chart, width) {
  const names = chart.series[0].x.map((name) => String(name).split("\n"));
  const longest = Math.max(...names.flat().map((line) => line.length)) * LETTER;
  const room = (width - 50) / names.length;
  const lean = longest > room - 4;
  const below = 26 + (lean ? Math.min(90, longest * Math.sin((LEAN * Math.PI) / 180) + 14) : 14 * names[0].length);
  const { nodes, left, y, zero } = frame(
    chart,
    width,
    chart.series.flatMap((one) => one.y),
    below,
  );
  const slot = (width - left) / names.length;
  const thick = Math.min(34, (slot * 0.76) / chart.series.length);
  const rows = names.map((lines, place) => {
    const middle = left + slot * (place + 0.5);
    const from = middle - (thick * chart.series.length) / 2;
    return [
      chart.series.map((one, at) =>
        svg(
          "rect",
          {
            x: from + at * thick + 0.5,
            y: Math.min(y(one.y[place]), zero),
            width: thick - 1,
            height: Math.max(1, Math.abs(zero - y(one.y[place]))),
            rx: 2,
            class: `area-${at}`,
          },
          svg("title", {}, `${lines[0]}, ${one.name}: ${round(one.y[place])}`),
        ),
      ),
      lean ? leaning(middle, zero + 14, lines) : upright(middle, zero + 16, lines),
    ];
  });
  return { height: HEIGHT, nodes: [nodes, rows] };
}

const upright = (x, y, lines) =>
  lines.map((line, at) =>
    svg("text", { x, y: y + 14 * at, class: at ? "tick" : "tick strong", "text-anchor": "middle" }, line),
  );

const leaning = (x, y, lines) =>
  svg("text", { x, y, class: "tick", "text-anchor": "end", transform: `rotate(-${LEAN} ${x} ${y})` }, lines[0]);

function lines(chart, width) {
  const heights = [...chart.series.flatMap((one) => one.y), ...chart.limits.map(([at]) => at)];
  const { nodes, left, y, bottom } = frame(chart, width, heights, 44);
  const all = chart.series.flatMap((one) => one.x);
  const least = Math.min(...all);
  // What begins near nothing begins at nothing.
  const across = ticks(least > 0 && least < Math.max(...all) / 4 ? 0 : least, Math.max(...all), width < 460 ? 3 : 5);
  const x = scaleOf(across[0], across.at(-1), left, width - 22);
  const points = (one) => one.x.map((value, at) => `${x(value).toFixed(1)},${y(one.y[at]).toFixed(1)}`).join(" ");
  const [first, second] = chart.marks;
  return {
    height: HEIGHT,
    nodes: [
      nodes,
      across.map((one) =>
        svg("text", { x: x(one), y: bottom + 17, class: "tick", "text-anchor": "middle" }, round(one)),
      ),
      chart.limits.map(([at, label]) => [
        svg("line", { x1: left, x2: width, y1: y(at), y2: y(at), class: "limit" }),
        svg("text", { x: left + 6, y: y(at) - 5, class: "limit-label" }, label),
      ]),
      chart.series.map((one, at) =>
        svg("polyline", { points: points(one), class: `curve curve-${chart.series.length > 1 ? at : 1}` }),
      ),
      second && svg("line", { x1: x(first[0]), x2: x(second[0]), y1: y(first[1]), y2: y(second[1]), class: "between" }),
      chart.marks.map((one) => mark(one, x, y, left, width)),
    ],
  };
}

function mark([at, height, label], x, y, left, width) {
  const behind = x(at) > (left + width) / 2;
  return [
    svg("circle", { cx: x(at), cy: y(height), r: 5, class: "mark-point" }),
    label &&
      svg(
        "text",
        {
          x: x(at) + (behind ? -10 : 10),
          y: y(height) + 19,
          class: "mark-label",
          "text-anchor": behind ? "end" : "start",
        },
        label,
      ),
  ];
}

function intervals(chart, width) {
  const ends = [...chart.series.flatMap((one) => [one.low[0], one.high[0]]), ...chart.limits.map(([at]) => at)];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const pad = (high - low || Math.abs(high) || 1) * 0.12;
  const x = scaleOf(low - pad, high + pad, 8, width - 8);
  const foot = chart.series.length * ROW + 20;
  const shown = ticks(low, high, width < 460 ? 3 : 5).filter((one) => one >= low - pad && one <= high + pad);
  return {
    height: foot + 42,
    nodes: [
      shown.map((one) => [
        svg("line", { x1: x(one), x2: x(one), y1: 20, y2: foot, class: "grid" }),
        svg("text", { x: x(one), y: foot + 16, class: "tick", "text-anchor": "middle" }, round(one)),
      ]),
      chart.limits.map(([at, label]) => [
        svg("line", { x1: x(at), x2: x(at), y1: 16, y2: foot, class: "limit" }),
        svg("text", { x: x(at), y: 11, class: "limit-label", "text-anchor": "middle" }, label),
      ]),
      chart.series.map((one, at) => interval(one, 20 + at * ROW, x, at)),
      svg("text", { x: width, y: foot + 36, class: "axis", "text-anchor": "end" }, chart.x_label),
    ],
  };
}

function interval(one, top, x, at) {
  const {
    x: [name],
    y: [middle],
    low: [low],
    high: [high],
  } = one;
  return [
    svg("text", { x: 0, y: top + 14, class: "tick strong" }, `${name}: ${estimate(one)}`),
    svg("line", { x1: x(low), x2: x(high), y1: top + 32, y2: top + 32, class: `span span-${at ? 0 : 1}` }),
    svg("circle", { cx: x(middle), cy: top + 32, r: 6, class: `area-${at ? 0 : 1}` }),
  ];
}
