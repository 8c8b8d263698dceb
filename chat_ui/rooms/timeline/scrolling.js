// Keeps the scroll position: at the bottom, the timeline stays there when something grows.
import { formatCount } from "../../components/dom.js";
import { formatNumber } from "../../components/numbers.js";
import { on } from "../../realtime/connection.js";
import { current, messageAt, seqOf } from "../state.js";

const fromBottom = ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight;
export const isNearBottom = (distance) => fromBottom(current.timeline) < distance;
export const atBottom = () => isNearBottom(80);
export const toBottom = () => { current.timeline.scrollTop = current.timeline.scrollHeight; };

// The timeline itself, and each message in it: a picture or a video may turn out larger than its place.
const resized = new ResizeObserver(() => { current.atEnd ? toBottom() : keepPlace(); });
export function keepAtBottom(timeline) {
  resized.disconnect();
  current.atEnd = true;
  below.clear();
  if (timeline) resized.observe(timeline);
}

on("decorate", (message) => resized.observe(message));

// Elsewhere, what is read stays where it is when the timeline gets wider or narrower, as by a panel.
let place = {}; // the first message in sight, where it is, and how wide the timeline was
function notePlace() {
  const { timeline } = current;
  const { top } = timeline.getBoundingClientRect();
  const message = [...timeline.children].find((each) => each.getBoundingClientRect().bottom > top);
  place = { message, top: message?.getBoundingClientRect().top, width: timeline.clientWidth };
}

function keepPlace() {
  const { message, top, width } = place;
  if (current.timeline?.clientWidth === width || !message?.isConnected) return;
  current.timeline.scrollTop += message.getBoundingClientRect().top - top;
  place.width = current.timeline.clientWidth;
}

const newestButton = () => current.timeline.parentElement.querySelector(".newest");
const below = new Set(); // the seq of messages that came below what is on the screen
export function countBelow(messages) {
  messages.forEach((message) => below.add(seqOf(message)));
  showBelow();
}

on("deleted", ({ room, seqs }) => {
  if (!current.timeline || room !== current.room) return;
  seqs.forEach((seq) => below.delete(seq));
  showBelow();
});

function showBelow() {
  const { dataset } = newestButton();
  const count = below.size;
  if (count) Object.assign(dataset, { count, shown: formatNumber(count) });
  else delete dataset.count;
  newestButton().ariaLabel = count ? formatCount(dataset, "wordBelow", { count }) : null;
}

export function updateButton() {
  current.atEnd = atBottom();
  if (!current.atEnd) notePlace();
  const isEnd = current.atEnd && !current.detached;
  current.timeline.parentElement.classList.toggle("scrolled-up", !isEnd);
  if (!isEnd) return;
  below.clear();
  showBelow();
}

export function reveal(seq) { // false when the message is not shown here
  const message = messageAt(seq);
  if (!message) return false;
  message.scrollIntoView({ block: "center" });
  message.classList.remove("found");
  requestAnimationFrame(() => message.classList.add("found"));
  return true;
}
