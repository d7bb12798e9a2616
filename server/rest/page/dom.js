// Elements made of names, properties and texts. Nothing here or elsewhere on the page parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on` holds listeners, `data` data attributes; other properties are attributes, left out when false or null. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for pictures. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, { on = {}, data = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  Object.assign(element.dataset, data);
  add(element, children);
  return element;
}

/** Append nodes and texts; lists are flattened, what is nothing is left out. */
export function add(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Put these in the place of whatever was there. */
export function replace(element, ...children) {
  element.replaceChildren();
  return add(element, ...children);
}

/** A target that leads to the web, "" for every other kind. */
export function webLink(target) {
  try {
    const url = new URL(target);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

const ICONS = {
  ask: "M4 5h16v11H9l-5 4z",
  book: "M5 4h6a2 2 0 0 1 2 2v14a2 2 0 0 0-2-2H5zM19 4h-4a2 2 0 0 0-2 2v14a2 2 0 0 1 2-2h4z",
  form: "M6 3h9l4 4v14H6zM9 11h7M9 15h7",
  chart: "M4 20h16M7 20v-7M12 20V6M17 20v-10",
  fork: "M6 4v5a4 4 0 0 0 4 4h4a4 4 0 0 1 4 4v3M6 9v11M15 17l3 3 3-3",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
  moon: "M20 14a8 8 0 1 1-9-10 6.500 6.500 0 0 0 9 10z",
  auto: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  keys: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  up: "M7 11v9H4v-9zM7 11l4-8c2 0 3 1 3 3l-1 4h6c1 0 2 1 1.600 2.200l-2 7c-.2.500-.8.800-1.300.8H7",
  down: "M7 13V4H4v9zM7 13l4 8c2 0 3-1 3-3l-1-4h6c1 0 2-1 1.600-2.200l-2-7c-.2-.5-.8-.8-1.300-.8H7",
  send: "M5 12h13M12 5l7 7-7 7",
  stop: "M7 7h10v10H7z",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  foot: "M6 9l6 6 6-6",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  sum: "M6 3h12v18H6zM9 7h6M9 12h.01M12 12h.01M15 12h.01M9 16h.01M12 16h.01M15 16h.01",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  plus: "M12 5v14M5 12h14",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  print: "M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  none: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12h8",
};

/** A picture of 20 pixels that says nothing to screen readers; what it stands for is said beside it. */
export function icon(name) {
  const properties = {
    viewBox: "0 0 24 24",
    width: 20,
    height: 20,
    class: "icon",
    "aria-hidden": "true",
    focusable: "false",
  };
  return svg("svg", properties, svg("path", { d: ICONS[name] }));
}

/** A button with a picture and a name, which is also its tip. */
export function iconButton(name, label, click, properties = {}) {
  return h(
    "button",
    { type: "button", class: "quiet", "aria-label": label, title: label, on: { click }, ...properties },
    icon(name),
  );
}
