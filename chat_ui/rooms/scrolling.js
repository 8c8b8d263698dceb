// Keeps the scroll position: at the bottom, the timeline stays there when something grows.
import { isPlainClick } from "../components/dom.js";
import { current, messageAt } from "./state.js";

const fromBottom = ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight;
export const isNearBottom = (distance) => fromBottom(current.timeline) < distance;
export const atBottom = () => isNearBottom(80);
export const toBottom = () => { current.timeline.scrollTop = current.timeline.scrollHeight; };

const resized = new ResizeObserver(() => { if (current.atEnd) toBottom(); });
export function keepAtBottom(timeline) {
  resized.disconnect();
  current.atEnd = true;
  if (timeline) resized.observe(timeline);
}

const newestButton = () => current.timeline.parentElement.querySelector(".newest");
export function countBelow(number) {
  newestButton().dataset.count = Number(newestButton().dataset.count || 0) + number;
}

export function updateButton() {
  current.atEnd = atBottom();
  const isEnd = current.atEnd && !current.detached;
  current.timeline.parentElement.classList.toggle("scrolled-up", !isEnd);
  if (isEnd) delete newestButton().dataset.count;
}

export function reveal(seq) { // false when the message is not shown here
  const message = messageAt(seq);
  if (!message) return false;
  message.scrollIntoView({ block: "center" });
  message.classList.remove("found");
  requestAnimationFrame(() => message.classList.add("found"));
  return true;
}

document.addEventListener("click", (event) => { // a quoted message may be here already
  const quote = event.target.closest("a[data-quote]");
  if (quote && isPlainClick(event) && reveal(quote.dataset.quote)) event.preventDefault();
}, true);
