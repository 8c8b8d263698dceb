// Arrow keys move the focus among the entries of a menu, and among buttons of which one is chosen (ARIA
// Authoring Practices, Menu and Radio Group). They choose nothing: what is chosen is sent at once.
import { listen } from "../dom.js";

const GROUPS = '[data-menu]:popover-open, [role="radiogroup"]';
export const itemsOf = (group) =>
  [...group.querySelectorAll("a, button")].filter((item) => item.checkVisibility());

listen("keydown", GROUPS, (group, event) => {
  const items = itemsOf(group);
  const at = items.indexOf(event.target);
  const up = Math.max(at, 0) - 1; // -1 for the last, also if the menu itself has the focus
  const next = {
    ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: up, ArrowLeft: up, Home: 0, End: -1,
  }[event.key];
  if (next === undefined || event.altKey) return;
  event.preventDefault();
  items.at(next % items.length).focus();
}, true);
