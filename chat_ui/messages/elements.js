// The elements of messages: made of what Python drew, and replaced when it draws them again.
import { formatCount } from "../components/dom.js";
import { showNumbers } from "../components/numbers.js";
import { showTimes } from "../components/times.js";
import { emit, on } from "../realtime/connection.js";
import { current, isOwn, messageAt, seqOf, summaryOf, textOf } from "../rooms/state.js";

export function toElements(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

// What differs between readers in any message, also in one that is not sent yet.
export function decorateText(message) {
  showTimes(message);
  showNumbers(message);
  for (const code of message.querySelectorAll(".code pre")) code.tabIndex = 0; // arrow keys scroll it
  emit("decorate-text", message);
}

// Python draws a message once for everybody. Whoever listens adds what differs between readers.
export function decorate(message) {
  decorateText(message);
  const { timeline } = current;
  for (const place of message.querySelectorAll("[data-says]")) {
    place.textContent = timeline.getAttribute(`data-word-${place.dataset.says}`);
  }
  const replies = message.querySelector(".replies a");
  replies?.append(formatCount(timeline.dataset, "wordReplies", { count: Number(replies.dataset.count) }));
  emit("decorate", message);
}

export function applyChanges(changed) {
  for (const message of changed) {
    updateQuotes(message);
    const old = messageAt(seqOf(message));
    if (!old || Number(old.dataset.change) >= Number(message.dataset.change)) continue;
    message.classList.toggle("continued", old.classList.contains("continued"));
    if (isOwn(message)) message.dataset.state = "sent";
    decorate(message);
    old.after(message);
    emit("redrawn", { old, message });
    old.remove();
  }
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
    quote.textContent = summaryOf(message).slice(0, 200);
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
