// A question with what may be answered: a few choices side by side, many as a list, all else as a line to write on.
import { h } from "./dom.js";

// More than these, or longer ones, would not stand in a row.
const MOST = 4;
const LONGEST = 42;

/**
 * The question on the page: {element, read, write, focus, fail}.
 *
 * `options` are [value, words], the first for nothing chosen; without them `placeholder` stands in the line, `unit` behind it.
 */
export function asked(question) {
  const { id, title, meaning, options, value = "", changed } = question;
  const control = options ? (short(options) ? pills(question) : list(question)) : line(question);
  control.write(value);
  control.element.addEventListener("input", changed);
  const name = control.group
    ? h("p", { class: "name", id: `${id}-title` }, title)
    : h("label", { for: id, class: "name" }, title);
  const element = h(
    "div",
    { class: "field" },
    name,
    meaning && h("p", { class: "question", id: `${id}-meaning` }, meaning),
    control.element,
  );
  return { ...control, element };
}

const short = (options) =>
  options.length <= MOST && options.reduce((sum, [, words]) => sum + words.length, 0) <= LONGEST;

function line({ id, meaning, unit, placeholder, inputmode = "text" }) {
  const field = h("input", {
    id,
    type: "text",
    inputmode,
    autocomplete: "off",
    spellcheck: "false",
    placeholder,
    "aria-describedby": meaning && `${id}-meaning`,
  });
  const element = unit ? h("span", { class: "with-unit" }, field, h("span", { class: "unit" }, unit)) : field;
  return { ...plain(field), element, field };
}

function list({ id, meaning, options }) {
  const field = h(
    "select",
    { id, "aria-describedby": meaning && `${id}-meaning` },
    options.map(([value, words]) => h("option", { value }, words)),
  );
  return { ...plain(field), element: field, field };
}

function plain(field) {
  return {
    read: () => field.value.trim(),
    write: (value) => {
      field.value = value;
    },
    focus: () => field.focus(),
    fail: (words) => field.setAttribute("aria-invalid", String(Boolean(words))),
  };
}

function pills({ id, meaning, options }) {
  const boxes = options.map(([value]) => h("input", { type: "radio", name: id, value }));
  const element = h(
    "div",
    {
      id,
      class: "pills",
      role: "radiogroup",
      "aria-labelledby": `${id}-title`,
      "aria-describedby": meaning && `${id}-meaning`,
    },
    options.map(([, words], at) => h("label", {}, boxes[at], h("span", {}, words))),
  );
  const chosen = () => boxes.find((box) => box.checked) ?? boxes[0];
  return {
    element,
    group: true,
    read: () => chosen().value,
    write: (value) => {
      for (const box of boxes) box.checked = box.value === String(value);
      chosen().checked = true;
    },
    focus: () => chosen().focus(),
    fail() {},
  };
}
