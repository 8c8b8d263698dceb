// The menu of a message: one for the whole page, moved to the message that is pointed at.
//
// Python draws it (messages/menu.py). `local` holds what begins in the browser: replying, editing
// (which asks the server for the text), copying. Everything else goes to the server by the button's name.
import { actions, copy } from "../components/actions.js";
import { copyTemplate } from "../components/dom.js";
import { sendToServer } from "../realtime/connection.js";
import { edit, setTarget } from "../rooms/composer.js";
import { current, seqOf, summaryOf } from "../rooms/state.js";

const HOLD = 450; // milliseconds that a finger rests on a message until its menu opens
const COPIED = 300; // milliseconds, long enough to see that it was copied
let menu; // made when it is first needed; it outlives the messages
const isOpen = () => Boolean(menu?.classList.contains("open"));
const owner = () => menu?.closest(".message");
const messageOf = (event) => event.target.closest?.(".message");

export const local = { // each gets the message and the button
  reply: (message) => setTarget({
    kind: "reply",
    seq: seqOf(message),
    name: message.querySelector(".author").textContent,
    text: summaryOf(message).slice(0, 200),
  }),
  edit: (message) => edit(seqOf(message)),
  link: (message, button) =>
    copy(button, `${location.origin}/rooms/${current.room}/messages/${seqOf(message)}`),
  text: (message, button) => copy(button, message.querySelector(".message-body").innerText.trim()),
};

export function attachMenu(message) { // one that is not stored, or deleted, has no menu
  if (!message?.dataset.seq || message.matches(".deleted") || message === owner()) return;
  close();
  menu ??= copyTemplate("message-menu-template");
  message.querySelector(".bubble").append(menu);
}

function open(message) {
  attachMenu(message);
  if (owner() !== message) return;
  menu.classList.add("open");
  const isLow = message.getBoundingClientRect().top > innerHeight / 2;
  menu.querySelector(".choices").classList.toggle("above", isLow);
}

export const close = () => menu?.classList.remove("open");

actions["message-more"] = () => (isOpen() ? close() : open(owner()));
actions["message-do"] = (button) => {
  const message = button.closest(".message");
  const { does } = button.dataset;
  if (local[does]) local[does](message, button);
  else sendToServer("message_action", { action: does, room: current.room, seq: seqOf(message) });
  setTimeout(() => {
    close();
    attachMenu(document.querySelector(".message:hover")); // it may be another one by now
  }, ["link", "text"].includes(does) ? COPIED : 0);
};

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse" && !isOpen()) attachMenu(messageOf(event));
});
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("#message-menu")) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) {
    close();
    owner()?.focus();
  } else if (event.key === "Enter" && event.target === messageOf(event)) open(event.target);
});

// A finger has no hover: it rests on the message.
let resting;
document.addEventListener("touchstart", (event) => {
  const message = messageOf(event);
  if (message && !event.target.closest("a, button")) resting = setTimeout(open, HOLD, message);
}, { passive: true });
for (const end of ["touchend", "touchmove", "touchcancel"]) {
  document.addEventListener(end, () => clearTimeout(resting), { passive: true });
}
document.addEventListener("contextmenu", (event) => { // the phone's menu would cover it
  if (event.pointerType === "touch" && messageOf(event)) event.preventDefault();
});
