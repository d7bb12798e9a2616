// Short messages: read out by screen readers, and where they matter to all, shown for a moment.
import { replace } from "./dom.js";

const SHOWN_MS = 2600;
let timer = 0;

/** Read out, without showing. */
export function announce(text) {
  replace(document.getElementById("status"), text);
}

/** Read out and shown. */
export function toast(text) {
  announce(text);
  const box = document.getElementById("toast");
  replace(box, text);
  box.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    box.hidden = true;
  }, SHOWN_MS);
}

/** Put a text on the clipboard; pages that are not served securely may only do it by a selection. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) return toast("The browser does not allow copying here.");
  }
  return toast(`${what} copied`);
}

/** Hand a file to the browser's downloads. */
export function download(text, name, type) {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  toast(`${name} saved`);
}
