// What is asked or explained in front of the page: the key of the service, and the keyboard.
import * as api from "./api.js";
import { h } from "./dom.js";

const KEYS = [
  ["/", "Ask or search"],
  ["n", "New conversation"],
  ["1 … 9", "Open a source of the newest answer"],
  ["[  ]", "Citation before, citation after"],
  ["g a", "Ask"],
  ["g p", "Playbook"],
  ["g d", "Documents"],
  ["g s", "Scorecards"],
  ["g e", "Decisions"],
  ["g c", "Calculators"],
  ["t", "Light or dark"],
  ["?", "This list"],
  ["Esc", "Close"],
];

function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.showModal();
  return dialog;
}

/** The list of keys; single keys can be turned off, since some people speak to their computers. */
export function showKeys(on, turn) {
  if (document.querySelector("dialog")) return;
  const box = h("input", { type: "checkbox", id: "single-keys", checked: on });
  box.addEventListener("change", () => turn(box.checked));
  const dialog = show(
    h(
      "dialog",
      { "aria-labelledby": "keys-title" },
      h("h2", { id: "keys-title" }, "Keyboard"),
      h(
        "dl",
        { class: "keys" },
        KEYS.map(([keys, words]) => [
          h(
            "dt",
            {},
            keys
              .split(" ")
              .filter(Boolean)
              .map((one) => (one === "…" ? " … " : h("kbd", {}, one))),
          ),
          h("dd", {}, words),
        ]),
      ),
      h("p", {}, box, h("label", { for: "single-keys" }, " Use single keys")),
      h("form", { method: "dialog" }, h("button", { class: "main" }, "Close")),
    ),
  );
  dialog.querySelector("button").focus();
}

/** Ask for a key; resolves to whether one was given. */
export function askForKey(code) {
  if (document.querySelector("dialog")) return Promise.resolve(false);
  const field = h("input", { type: "password", id: "key", autocomplete: "off", spellcheck: "false", required: true });
  const always = h("input", { type: "checkbox", id: "keep-key" });
  const wrong = code === "key-unknown";
  const form = h(
    "form",
    { method: "dialog" },
    h(
      "p",
      {},
      wrong
        ? "The key is not known, has expired or was revoked."
        : "This service wants a key. Whoever runs it can make one.",
    ),
    h("p", {}, h("label", { for: "key" }, "Key"), field),
    h("p", {}, always, h("label", { for: "keep-key" }, " Keep it in this browser (else until the tab is closed)")),
    h(
      "div",
      { class: "buttons" },
      h("button", { class: "main", value: "ok" }, "Use the key"),
      h("button", { class: "plain", value: "no", formnovalidate: true }, "Cancel"),
    ),
  );
  const dialog = show(h("dialog", { "aria-labelledby": "key-title" }, h("h2", { id: "key-title" }, "Key"), form));
  if (wrong) api.forgetKey();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "ok" ? field.value.trim() : "";
      if (given) api.keepKey(given, always.checked);
      resolve(Boolean(given));
    });
  });
}
