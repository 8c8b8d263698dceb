// The menu of a message: one for the whole page, moved to the message that is pointed at.
//
// Python draws it (messages/menu.py). `local` holds what begins in the browser: replying, editing
// (which asks the server for the text), copying. Everything else goes to the server by the button's name.
import { actions, copy } from "../components/actions.js";
import { copyTemplate, listen } from "../components/dom.js";
import { swipes } from "../components/swipe.js";
import { on, sendToServer } from "../realtime/connection.js";
import { edit, reply } from "../rooms/composer/composer.js";
import { current, seqOf, summaryOf, textOf } from "../rooms/state.js";

const HOLD = 450; // milliseconds that a finger rests on a message until its menu opens
let menu; // made when it is first needed; it outlives the messages
const choices = () => menu?.querySelector(".choices");
const isOpen = () => Boolean(choices()?.matches(":popover-open"));
const owner = () => menu?.closest(".message");
const messageOf = (event) => event.target.closest?.(".message");

export const local = { // each gets the message and the button
  reply: (message) => reply({
    seq: seqOf(message),
    name: message.querySelector(".author").textContent,
    text: summaryOf(message).slice(0, 200),
  }),
  replies: (message) => message.querySelector(".replies a").click(),
  forward: (message) => actions.forward(message),
  edit: (message) => edit(seqOf(message)),
  link: (message, button) =>
    copy(button, `${location.origin}/rooms/${current.room}/messages/${seqOf(message)}`),
  text: (message, button) => copy(button, asRead(message)),
};

function asRead(message) { // a folded text has no innerText, and that of a formula is in pieces
  const body = message.querySelector(".message-body");
  return body.querySelector(":scope > .typed, math") ? textOf(message) : body.innerText.trim();
}

export function attachMenu(message) { // one that is not stored, or deleted, has no menu
  if (!message?.dataset.seq || message.matches(".deleted") || message === owner()) return;
  menu ??= copyTemplate("message-menu-template");
  message.querySelector(".bubble").append(menu);
}

function open(message) {
  attachMenu(message);
  if (owner() === message && !isOpen()) choices().showPopover();
}

actions["message-do"] = (button) => {
  const message = button.closest(".message");
  const { does } = button.dataset;
  if (local[does]) local[does](message, button);
  else sendToServer("message_action", { action: does, room: current.room, seq: seqOf(message) });
};

on("redrawn", (message) => {
  if (owner() !== message || !message.matches(".deleted")) return;
  if (isOpen()) choices().hidePopover();
  menu.remove();
});

// What it offers stays as it is while it is open: an entry more would move another one under the finger.
document.addEventListener("toggle", ({ target, newState }) => {
  if (target !== choices()) return;
  for (const entry of target.querySelectorAll("[data-who]")) {
    if (newState === "open") entry.style.setProperty("display", getComputedStyle(entry).display, "important");
    else entry.style.removeProperty("display");
  }
}, true);

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse" && !isOpen()) attachMenu(messageOf(event));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target === messageOf(event)) open(event.target);
});

// A finger has no hover: it rests on the message. Lifting it then neither closes the menu nor chooses.
let resting, opened;
document.addEventListener("pointerdown", ({ pointerType, pointerId, target }) => {
  const message = target.closest(".message");
  opened = false;
  if (pointerType === "mouse" || !message || target.closest("a, button")) return;
  resting = setTimeout(() => {
    open(message);
    opened = isOpen();
    if (opened) choices().setPointerCapture(pointerId);
  }, HOLD);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => clearTimeout(resting));
document.addEventListener("touchend", (event) => { if (opened) event.preventDefault(); }, { passive: false });
swipes[".timeline[data-writes] .message[data-seq]:not(.deleted)"] = {
  way: 1, follows: true, done: local.reply,
};
listen("contextmenu", ".message", (_message, event) => { // the phone's menu would cover it
  if (event.pointerType === "touch") event.preventDefault();
});
