// A column of values: pasted, typed, or taken out of a file that never leaves the browser but for that column.
import { columns, table, values } from "./columns.js";
import { h, replace } from "./dom.js";

/** The field: {element, read, write, focus, fail}; what is read is a list of texts. */
export function columnBox({ id, title, meaning, value, changed }) {
  const box = h("textarea", {
    id,
    rows: 3,
    placeholder: "Paste values, one a line",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${id}-meaning`,
  });
  const count = h("span", { class: "soft small" });
  const pick = h("div", { class: "buttons" });
  const read = () => (box.value.trim() ? values(box.value) : []);
  const tell = () => replace(count, read().length ? `${read().length.toLocaleString("en")} values` : "");
  const put = (list) => {
    box.value = list.map((one) => one.trim()).join("\n");
    tell();
    changed();
  };
  const file = h("input", { type: "file", id: `${id}-file`, accept: ".csv,.tsv,.txt", class: "unseen" });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const found = columns(table(await file.files[0].text()));
    file.value = "";
    choose(found, pick, `${id}-column`, put);
  });
  box.addEventListener("input", () => {
    tell();
    changed();
  });
  box.value = value;
  tell();
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id, class: "name" }, title),
    h("p", { class: "question", id: `${id}-meaning` }, meaning),
    box,
    h("div", { class: "buttons" }, h("label", { class: "plain small", for: file.id }, "From a file"), file, count),
    pick,
  );
  return {
    element,
    read,
    write(text) {
      box.value = text;
      replace(pick);
      tell();
    },
    focus: () => box.focus(),
    fail: (words) => box.setAttribute("aria-invalid", String(Boolean(words))),
  };
}

// A file of one column needs no question.
function choose(found, pick, id, put) {
  const names = [...found.keys()];
  if (names.length === 1) {
    replace(pick);
    return put(found.get(names[0]));
  }
  const list = h(
    "select",
    { id },
    h("option", { value: "" }, "Choose a column"),
    names.map((name) => h("option", { value: name }, name)),
  );
  list.addEventListener("change", (event) => {
    event.stopPropagation();
    if (list.value) put(found.get(list.value));
  });
  list.addEventListener("input", (event) => event.stopPropagation());
  replace(pick, h("label", { for: id, class: "unseen" }, "Column of the file"), list);
  return list.focus();
}
