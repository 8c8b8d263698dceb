// Whether somebody looks at this page: only the browser knows. What counts as read, what notifies, and
// whether somebody is here all ask this, so that they agree.
import { emit, on } from "../realtime/connection.js";

const IDLE_AFTER = 5 * 60_000; // milliseconds without any of these
const PRESSED = ["pointerdown", "keydown", "wheel"];
const STIRRED = [...PRESSED, "pointermove", "touchstart", "click"];
const CHECK_EVERY = 15_000; // milliseconds

// By two clocks: nobody sets the first, but it may stand still while the machine sleeps.
const moment = () => [performance.now(), Date.now()];
const since = ([one, other]) => Math.max(performance.now() - one, Date.now() - other);
let stirred = moment(), pressed = moment();
let looked = true; // what was told last: a page that was just opened is looked at

export const isLooking = () =>
  document.visibilityState === "visible" && document.hasFocus() && since(stirred) < IDLE_AFTER;
// For @here, which a mouse that is only moved does not answer.
export const pressedLately = () => since(pressed) < IDLE_AFTER;

function check() {
  if (isLooking() === looked) return;
  looked = !looked;
  emit("attention", looked);
}

function stir({ type }) {
  stirred = moment();
  if (PRESSED.includes(type)) pressed = stirred;
  if (!looked) check();
}

for (const kind of STIRRED) addEventListener(kind, stir, { passive: true, capture: true });
addEventListener("focus", stir);
addEventListener("blur", check);
document.addEventListener("visibilitychange", (event) => {
  if (document.visibilityState === "visible") stir(event);
  check();
});
on("connected", check);
setInterval(check, CHECK_EVERY);
