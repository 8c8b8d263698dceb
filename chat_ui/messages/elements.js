// The elements of messages: made of what Python drew, and changed where it draws them differently.
import { formatCount, setText } from "../components/dom.js";
import { showNumbers } from "../components/numbers.js";
import { showTimes } from "../components/times.js";
import { emit, on } from "../realtime/connection.js";
import { current, isMe, messageAt, seqOf, summaryOf, textOf } from "../rooms/state.js";
import { redraw } from "./redraw.js";

const drawn = new WeakMap(); // the HTML of each message, without what was added here

export function toElements(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const made = [...template.content.children];
  for (const message of made) drawn.set(message, message.outerHTML);
  return made;
}

// What differs between readers in any message, also in one that is not sent yet.
export function decorateText(message) {
  showTimes(message);
  showNumbers(message);
  for (const code of message.querySelectorAll(".code pre")) code.tabIndex = 0; // arrow keys scroll it
  for (const mention of message.querySelectorAll(".mention")) {
    mention.classList.toggle("me", isMe(Number(mention.dataset.userId)));
  }
}

// Python draws a message once for everybody. Whoever listens adds what differs between readers.
export function decorate(message) {
  decorateText(message);
  const { timeline } = current;
  for (const place of message.querySelectorAll("[data-says]")) {
    const { says, count } = place.dataset;
    setText(place, formatCount(timeline.dataset, says, { count: Number(count) }));
  }
  emit("decorate", message);
}

export function applyChanges(changed) {
  for (const message of changed) {
    updateQuotes(message);
    const shown = messageAt(seqOf(message));
    if (shown && Number(shown.dataset.change) < Number(message.dataset.change)) apply(shown, message);
  }
}

function apply(shown, message) {
  const hadFocus = shown.contains(document.activeElement);
  const html = drawn.get(message);
  redraw(shown, toElements(drawn.get(shown))[0], message);
  drawn.set(shown, html);
  decorate(shown);
  emit("redrawn", shown);
  if (hadFocus && !shown.contains(document.activeElement)) shown.focus({ preventScroll: true });
}

on("drawn", () => { // code is in messages and in dialogs about them
  for (const button of document.querySelectorAll(".copy:empty:not([aria-label])")) {
    const { wordCopy, wordCopied } = current.timeline?.dataset ?? {};
    if (wordCopy) [button.ariaLabel, button.dataset.done] = [wordCopy, wordCopied];
  }
});

function updateQuotes(message) {
  const quotes = current.timeline.querySelectorAll(`.quote[data-quote="${seqOf(message)}"] .quoted`);
  for (const quote of quotes) {
    const isEncrypted = message.matches(".encrypted:not(.deleted)");
    quote.classList.toggle("ciphertext", isEncrypted);
    if (isEncrypted) continue; // it says the same as before
    setText(quote, summaryOf(message).slice(0, 200));
    quote.toggleAttribute("data-is-name", Boolean(quote.textContent && !textOf(message)));
  }
}

on("chat_person_changed", ({ author, name, avatar }) => {
  const theirs = `[data-seq][data-author="${CSS.escape(author)}"]`;
  for (const message of current.timeline?.querySelectorAll(theirs) ?? []) {
    message.querySelector(".author").innerHTML = name;
    message.querySelector(".avatar").outerHTML = avatar;
  }
});
