// Templates: the list of them, and the form that fills one from notes and answers, checks it and hands it over.
import * as api from "./api.js";
import { h, icon, replace } from "./dom.js";
import { fieldRow, group, label } from "./fields.js";
import { glance } from "./glance.js";
import { afterPause } from "./later.js";
import { filtered } from "./library.js";
import { openSection } from "./panel.js";
import { announce, copy, download, toast } from "./say.js";
import { browser } from "./store.js";

const FIRST = ["problem-brief", "model-card"];
const QUOTING = "extractive";
const MOST_BYTES = 56_000;
const FORMATS = [
  ["own", "Document"],
  ["yaml", "YAML"],
  ["md", "Markdown"],
  ["json", "JSON"],
];
const HUB = ["hub", "Model card for the hub"];

/** All templates, those that every project needs first. */
export async function documentsView() {
  const items = await api.list("templates");
  const first = FIRST.map((name) => items.find((item) => item.id === name)).filter(Boolean);
  const rest = items.filter((item) => !first.includes(item));
  const link = (item) => h("a", { href: `#/documents/${item.id}` }, item.title);
  return h(
    "div",
    { class: "library" },
    h("h1", {}, "Documents"),
    h(
      "p",
      { class: "lead" },
      "Paste notes and answer what is still open. Every value shows the words it comes from, and the document is checked as you write.",
    ),
    h(
      "ul",
      { class: "cards" },
      first.map((item) => h("li", {}, h("h2", {}, link(item)), h("p", { class: "soft" }, item.description))),
    ),
    h("h2", {}, "All others"),
    filtered(rest, "documents", "documents"),
  );
}

/** The form of a template. */
export async function documentView(id) {
  const template = await api.show("templates", id);
  const form = createForm(template);
  form.restore();
  return form.element;
}

function createForm(template) {
  const draft = `draft:${template.id}`;
  const summary = h("div", { class: "summary", id: "summary" });
  const bar = glance(summary);
  const notes = h("textarea", {
    id: "notes",
    rows: 6,
    placeholder: "Meeting notes, a ticket, an experiment log, a config file…",
    "aria-describedby": "notes-hint",
  });
  const root = template.fields[0]?.name.split(".")[0];
  const keep = () =>
    browser.write(draft, {
      notes: notes.value,
      values: Object.fromEntries(rows.filter((row) => row.mine || row.held).map((row) => [row.name, row.text()])),
    });
  // A model, where the service has one, is asked when somebody wants the notes read, and not with every key.
  let mode = QUOTING;
  let reading = false;
  const check = afterPause((signal) => refresh(signal));
  const rows = template.fields.map((field) =>
    fieldRow(field, () => {
      keep();
      // What is being read is not broken off; what was changed meanwhile is checked with the next change.
      if (!reading) check();
    }),
  );
  const body = (format) => ({
    values: Object.fromEntries(
      rows
        .filter((row) => row.mine || row.held)
        .map((row) => [row.name, row.read()])
        .filter(([, value]) => value !== null),
    ),
    notes: notes.value.trim() ? [{ name: "notes", text: notes.value }] : [],
    format,
  });

  /** Fill and check what is there now. */
  async function refresh(signal) {
    try {
      const made = await api.fillTemplate(template.id, { ...body("own"), mode }, signal);
      for (const row of rows) row.take(made.fill.fields[row.name]);
      const checked = await api.check(made.document, template.id, signal);
      for (const row of rows)
        row.judge(
          worth(
            checked.findings.filter((one) => one.field === row.name),
            made.fill.fields[row.name],
          ),
        );
      show(checked, made);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      replace(summary, h("p", { class: "problem", role: "alert" }, `${error.message} ${error.remedy ?? ""}`));
    }
  }

  function show(checked, made) {
    const open = rows.filter((row) => made.fill.fields[row.name].status === "missing");
    const needed = open.filter((row) => template.fields.find((field) => field.name === row.name).required);
    const loose = checked.findings.filter((one) => !rows.some((row) => row.name === one.field));
    const wrong = checked.findings.filter((one) => one.severity === "error" && one.rule !== "required").length;
    const next = needed[0] ?? open[0];
    const part = checked.fields ? checked.filled / checked.fields : 0;
    bar.say(`${checked.filled} of ${checked.fields} fields${needed.length ? `, ${needed.length} required open` : ""}`);
    replace(
      summary,
      h(
        "p",
        { class: "progress" },
        h(
          "progress",
          { value: checked.filled, max: checked.fields, "aria-label": "Fields with a value" },
          `${Math.round(part * 100)} %`,
        ),
        h("span", {}, `${checked.filled} of ${checked.fields} fields`),
      ),
      h(
        "p",
        {},
        counted(
          needed.length,
          "required field is open",
          "required fields are open",
          "Every required field has a value",
        ),
        ". ",
        wrong > 0 && h("b", { class: "bad" }, counted(wrong, "value is wrong", "values are wrong"), ". "),
        checked.warnings > 0 &&
          h("span", { class: "warn" }, counted(checked.warnings, "is doubtful", "are doubtful"), ". "),
      ),
      loose.length > 0 &&
        h(
          "ul",
          { class: "loose" },
          loose.map((one) => h("li", {}, one.problem, " ", h("span", { class: "soft" }, one.remedy))),
        ),
      made.fill.degraded.length > 0 && h("p", { class: "soft" }, made.fill.degraded.join("; ")),
      next && h("button", { type: "button", class: "link", on: { click: next.focus } }, `Go to ${label(next.name)}`),
    );
  }

  async function fillFromNotes(button) {
    const size = new Blob([notes.value]).size;
    if (size > MOST_BYTES)
      return announceIn(
        summary,
        `The notes have ${Math.round(size / 1000)} KB; ${MOST_BYTES / 1000} KB is the most. Paste the part that matters.`,
      );
    keep();
    button.disabled = true;
    announce("Reading the notes");
    for (const row of rows) row.held = false;
    reading = true;
    mode = "auto";
    const done = check.now();
    mode = QUOTING;
    await done;
    reading = false;
    keep();
    button.disabled = false;
    found();
  }

  // What was found stands below what is often a long text.
  function found() {
    const filled = rows.filter((row) => ["filled", "assumed"].includes(row.element.dataset.state));
    notes.classList.add("read");
    toast(`${counted(filled.length, "field", "fields")} found in the notes`);
    announce(summary.textContent);
    (filled[0] ?? rows[0]).element.scrollIntoView({ block: "start" });
  }

  async function save(format, use) {
    try {
      const made = await api.fillTemplate(template.id, { ...body(format), mode: QUOTING });
      await use(made);
    } catch (error) {
      announceIn(summary, `${error.message} ${error.remedy ?? ""}`);
    }
  }

  function forget() {
    browser.remove(draft);
    notes.value = "";
    for (const row of rows) {
      row.write("", false);
      row.judge([]);
    }
    check.now();
    announce("The form is empty.");
  }

  notes.addEventListener("input", () => {
    notes.classList.remove("read");
    keep();
  });
  const element = h(
    "div",
    { class: "document" },
    h("p", { class: "trail" }, h("a", { href: "#/documents" }, "Documents")),
    h("h1", {}, template.title),
    h(
      "p",
      { class: "lead" },
      template.description,
      " ",
      h(
        "button",
        { type: "button", class: "link", on: { click: (event) => openSection(template.page, event.currentTarget) } },
        "What it is for",
      ),
    ),
    h(
      "div",
      { class: "form" },
      h("div", { class: "entry" }, notesBox(notes, fillFromNotes), fieldsets(template, rows, root)),
      h(
        "aside",
        { class: "side", "aria-label": "State of the document" },
        summary,
        saving(template, save),
        h("p", { class: "soft small" }, "What you type stays in this browser until you clear it. "),
        h("button", { type: "button", class: "link small", on: { click: forget } }, "Clear the form"),
      ),
    ),
    bar.element,
  );
  return {
    element,
    restore() {
      const kept = browser.read(draft, null);
      notes.value = kept?.notes ?? "";
      for (const row of rows) row.write(kept?.values?.[row.name] ?? "", Boolean(kept?.values?.[row.name]));
      check.now();
    },
  };
}

// That a field is open is said by its state already.
function worth(findings, filled) {
  return filled.status === "missing" ? findings.filter((one) => one.rule !== "required") : findings;
}

function announceIn(place, text) {
  replace(place, h("p", { class: "problem", role: "alert" }, text));
}

function counted(number, one, many, none = "") {
  if (number === 0 && none) return none;
  return `${number} ${number === 1 ? one : many}`;
}

function notesBox(notes, fill) {
  const file = h("input", {
    type: "file",
    id: "notes-file",
    accept: ".md,.txt,.yaml,.yml,.json,.csv,.log,.py,.toml,.ini",
    class: "unseen",
  });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    notes.value = `${notes.value ? `${notes.value.trimEnd()}\n\n` : ""}${await file.files[0].text()}`;
    file.value = "";
    notes.dispatchEvent(new Event("input"));
  });
  return h(
    "section",
    { class: "card notes-box", "aria-labelledby": "notes-title" },
    h("h2", { id: "notes-title" }, h("label", { for: "notes" }, "Notes")),
    h("p", { class: "soft", id: "notes-hint" }, "What stands in them is found and quoted; nothing is made up."),
    notes,
    h(
      "div",
      { class: "buttons" },
      h(
        "button",
        { type: "button", class: "main", on: { click: (event) => fill(event.currentTarget) } },
        "Fill from notes",
      ),
      h("label", { class: "plain", for: "notes-file" }, "Add a file"),
      file,
    ),
  );
}

function fieldsets(template, rows, root) {
  const groups = new Map();
  for (const [place, field] of template.fields.entries()) {
    const name = group(field.name, root);
    groups.set(name, [...(groups.get(name) ?? []), rows[place].element]);
  }
  return h(
    "form",
    { class: "fields", on: { submit: (event) => event.preventDefault() } },
    [...groups].map(([name, elements]) =>
      name
        ? h(
            "fieldset",
            {},
            h(
              "legend",
              {},
              name.replace(/^./, (sign) => sign.toUpperCase()),
            ),
            elements,
          )
        : elements,
    ),
  );
}

function saving(template, save) {
  const formats = [
    ...FORMATS.filter(([name]) => name !== "own" || template.body),
    ...(template.id === "model-card" ? [HUB] : []),
  ];
  const row = ([format, words]) =>
    h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "plain",
          data: { format },
          on: {
            click: () => save(format, (made) => download(made.document, made.file.split("/").at(-1), made.media_type)),
          },
        },
        icon("save"),
        words,
      ),
    );
  return h(
    "section",
    { "aria-labelledby": "save-title" },
    h("h2", { id: "save-title", class: "small-title" }, "Download"),
    h(
      "ul",
      { class: "buttons" },
      formats.map(row),
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            class: "plain",
            on: { click: () => save("md", (made) => copy(made.document, "Document")) },
          },
          icon("copy"),
          "Copy as Markdown",
        ),
      ),
    ),
  );
}
