// Menus: Python draws them, the browser opens and closes them (`popover`). This puts one beside the button
// that opens it, where it stays, moves the focus into it, and closes it when something is chosen.
import { itemsOf } from "../keyboard/arrow_keys.js";
import { listen } from "../dom.js";

const GAP = 6, EDGE = 8; // pixels to the button, and to the edges of the window
const COPIED = 300; // milliseconds, long enough to see that it was copied
const OPEN = "[data-menu]:popover-open";

// Below what it belongs to, or above, or beside it: not over it, where a second click would choose something.
// The stylesheet uses --x and --y.
export function place(popover, anchor) {
  const { top, bottom, left, right } = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const [below, above] = [bottom + GAP, top - GAP - height];
  const isBelow = below + height <= innerHeight - EDGE;
  const isLeft = left + right < innerWidth;
  const aside = isBelow || above >= EDGE ? [left, right - width] : [right + GAP, left - GAP - width];
  const x = aside[isLeft ? 0 : 1];
  const y = isBelow || above < EDGE ? below : above;
  popover.style.setProperty("--x", `${within(x, width, innerWidth)}px`);
  popover.style.setProperty("--y", `${within(y, height, innerHeight)}px`);
}

const within = (at, size, space) => Math.max(EDGE, Math.min(at, space - size - EDGE));

document.addEventListener("beforetoggle", ({ target: menu, newState }) => {
  if (newState !== "open" || !menu.matches("[data-menu]")) return;
  requestAnimationFrame(() => { // before it is painted, but when its size is known
    const button = menu.opener ?? document.querySelector(`[popovertarget="${menu.id}"]`);
    place(menu, button?.checkVisibility() ? button : menu.parentElement);
    (matchMedia("(hover: hover)").matches ? itemsOf(menu)[0] : menu)?.focus();
  });
}, true);

listen("click", `${OPEN} :is(a, button)`, (item) => setTimeout(close, "late" in item.dataset ? COPIED : 0));

function close() {
  document.querySelector(OPEN)?.hidePopover();
}
addEventListener("resize", close);
document.addEventListener("focusin", ({ target }) => { // by Tab, or a dialog opened
  if (!target.closest(OPEN)) close();
});
