// Putting messages into the timeline: each once, in the order of their numbers.
import { emit, on } from "../components/events.js";
import { showTimes } from "../components/times.js";
import { current, isOwn, messageAt, seqOf, summaryOf, textOf } from "../rooms/state.js";
import { dayAbove, nextMessage, previousMessage, updateSeparators } from "../rooms/separators.js";
import { markStored, removePending } from "./outbox.js";

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

// Python draws a message once for everybody. Whoever listens adds what differs between readers.
function decorate(message) {
  if (isOwn(message)) message.dataset.state = "sent";
  showTimes(message);
  emit("decorate", message);
}

function lastStored() {
  let element = current.timeline.lastElementChild;
  while (element && !element.matches(".message[data-seq]")) element = element.previousElementSibling;
  return element;
}

export function place(message) { // false when it is there already
  const seq = seqOf(message);
  let below, above = lastStored(); // from the end: that is where most belong
  while (above && seqOf(above) > seq) [below, above] = [above, previousMessage(above)];
  if (above && seqOf(above) === seq) return false;
  decorate(message);
  if (isOwn(message)) {
    removePending(message.dataset.clientId);
    markStored(message.dataset.clientId);
  }
  below ??= current.timeline.querySelector(".message:not([data-seq])");
  current.timeline.insertBefore(message, below && (dayAbove(below) ?? below));
  current.first = current.first ? Math.min(current.first, seq) : seq;
  current.last = Math.max(current.last, seq);
  updateSeparators(message);
  const after = nextMessage(message);
  if (after?.dataset.seq) updateSeparators(after);
  return true;
}

export function applyChanges(changed) {
  for (const message of changed) {
    updateQuotes(message);
    const old = messageAt(seqOf(message));
    if (!old || Number(old.dataset.change) >= Number(message.dataset.change)) continue;
    message.classList.toggle("continued", old.classList.contains("continued"));
    decorate(message);
    old.replaceWith(message);
  }
}

function updateQuotes(message) {
  const quotes = current.timeline.querySelectorAll(`.quote[data-quote="${seqOf(message)}"] .quoted`);
  for (const quote of quotes) {
    quote.textContent = summaryOf(message).slice(0, 200);
    quote.toggleAttribute("data-is-name", Boolean(quote.textContent && !textOf(message)));
  }
}

on("chat_person_changed", ({ author, name, avatar }) => {
  const theirs = `[data-seq][data-author="${CSS.escape(author)}"]`;
  for (const message of current.timeline?.querySelectorAll(theirs) ?? []) {
    message.querySelector(".author").textContent = name;
    message.querySelector(".avatar").outerHTML = avatar;
  }
});
