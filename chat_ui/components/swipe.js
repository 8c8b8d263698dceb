// A finger that moves sideways: it pulls a message to answer it, or the list of rooms in and out.
//
// `swipes` has, by selector: which `way` (1: as the text runs), whether it begins at the `edge` of the
// window, whether the element `follows` the finger, and what is `done` once that went far enough.
// CSS leaves sideways moves to us (`touch-action`).
const FAR = 64; // pixels, about as far as a thumb goes without letting go of the phone
const EDGE = 24; // pixels from the side of the window, from which a drawer is pulled
export const swipes = {};
let swipe;

const isRightToLeft = () => document.documentElement.dir === "rtl";
const wayOf = (x) => (isRightToLeft() ? -x : x);

function find(target, x) {
  const isAtEdge = (isRightToLeft() ? innerWidth - x : x) < EDGE;
  return Object.entries(swipes)
    .filter(([selector, { edge }]) => target.closest(selector) && (!edge || isAtEdge))
    .map(([selector, options]) => ({ ...options, element: target.closest(selector) }))[0];
}

document.addEventListener("pointerdown", ({ pointerType, isPrimary, target, clientX: x, clientY: y }) => {
  const isOurs = pointerType === "touch" && isPrimary && !target.matches("input"); // such as a slider
  swipe = isOurs ? find(target, x) : undefined;
  if (swipe) Object.assign(swipe, { x, y });
});

document.addEventListener("pointermove", ({ clientX, clientY, isPrimary }) => {
  if (!swipe) return;
  const along = wayOf(clientX - swipe.x) * swipe.way;
  const across = Math.abs(clientY - swipe.y);
  if (!isPrimary || (across > 12 && across > along)) { end(); return; }
  swipe.along = along;
  if (swipe.follows) pull(Math.max(0, Math.min(along, FAR * 1.25)));
});

function pull(along) {
  swipe.element.style.translate = along ? `${wayOf(along * swipe.way)}px` : "";
  swipe.element.classList.toggle("swiped", along >= FAR);
}

function end() {
  if (swipe?.follows) pull(0);
  swipe = undefined;
}

document.addEventListener("pointerup", () => {
  const { element, along, done } = swipe ?? {};
  end();
  if (along >= FAR) done(element);
});
document.addEventListener("pointercancel", end);
