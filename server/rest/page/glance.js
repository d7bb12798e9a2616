// What a form comes to, in one line at the foot of the screen for as long as the whole of it is out of sight.
import { h, icon, replace } from "./dom.js";

/** A bar for the result `target`: {element, say}. Pressed, it leads there. */
export function glance(target) {
  const words = h("span", {});
  const go = () => {
    target.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  };
  const element = h(
    "button",
    { type: "button", class: "glance", hidden: true, on: { click: go } },
    words,
    icon("foot"),
  );
  target.tabIndex = -1;
  let text = "";
  let away = false;
  const show = () => {
    element.hidden = !(away && text);
  };
  // Screen readers hear of the result as it changes, and find it after the form.
  new IntersectionObserver(([entry]) => {
    away = !entry.isIntersecting;
    show();
  }).observe(target);
  return {
    element,
    say(line) {
      text = line;
      replace(words, line);
      show();
    },
  };
}
