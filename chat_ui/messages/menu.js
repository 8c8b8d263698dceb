// The menu of a message: one for the whole page, put to the message that is pointed at.
//
// Its buttons are drawn by Python (chat_ui/message_menu.py). What the browser can do alone is
// in `here`; everything else goes to the server by the button's name.
import { actions, copy } from "../components/clicks.js";
import { aimAt, edit } from "../rooms/composer.js";
import { tellPage } from "../components/dom.js";
import { room, seqOf, wordsOf } from "../rooms/timeline.js";

const HOLD = 450; // milliseconds that a finger rests on a message until its menu opens
const COPIES = ["link", "text"], COPIED = 300; // milliseconds, long enough to see that it was done
let made; // it outlives the message that it is put to
const menu = () => (made ??= document.getElementById("message-menu-pattern").content.firstElementChild.cloneNode(true));
const shownAt = () => made?.closest(".message");

export const here = { // by action; each gets the message and the button
  reply: (message) => aimAt({
    kind: "reply", seq: seqOf(message), name: message.querySelector(".author").textContent,
    text: wordsOf(message).slice(0, 200),
  }),
  edit: (message) => edit(seqOf(message)),
  link: (message, button) => copy(button, `${location.origin}/rooms/${room}/messages/${seqOf(message)}`),
  text: (message, button) => copy(button, message.querySelector(".message-body").innerText.trim()),
};

export function pointAt(message) { // a message that is not stored yet has no menu, nor has a deleted one
  if (!message?.dataset.seq || message.matches(".deleted") || message === shownAt()) return;
  close();
  message.querySelector(".bubble").append(menu());
}

function open(message) {
  pointAt(message);
  if (shownAt() !== message) return;
  menu().classList.add("open");
  const list = menu().querySelector(".choices");
  list.classList.toggle("above", message.getBoundingClientRect().top > innerHeight / 2);
}

export function close() {
  made?.classList.remove("open");
}

actions["message-more"] = () => (menu().classList.contains("open") ? close() : open(shownAt()));
actions["message-do"] = (button) => {
  const message = button.closest(".message");
  const action = button.dataset.does;
  if (here[action]) here[action](message, button);
  else tellPage("act", { action, room, seq: seqOf(message) });
  setTimeout(() => {
    close();
    pointAt(document.querySelector(".message:hover")); // one has gone on to another meanwhile
  }, COPIES.includes(action) ? COPIED : 0);
};

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse" && !made?.classList.contains("open")) pointAt(event.target.closest?.(".message"));
});
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("#message-menu")) close();
});
document.addEventListener("keydown", (event) => {
  const message = event.target.closest?.(".message");
  if (event.key === "Escape" && made?.classList.contains("open")) { close(); shownAt()?.focus(); }
  else if (event.key === "Enter" && event.target === message) open(message);
});

// A finger has no hover: it rests on the message.
let resting;
document.addEventListener("touchstart", (event) => {
  const message = event.target.closest(".message");
  if (message && !event.target.closest("a, button")) resting = setTimeout(() => open(message), HOLD);
}, { passive: true });
for (const end of ["touchend", "touchmove", "touchcancel"]) {
  document.addEventListener(end, () => clearTimeout(resting), { passive: true });
}
document.addEventListener("contextmenu", (event) => { // a phone's own menu would cover ours
  if (event.pointerType === "touch" && event.target.closest(".message")) event.preventDefault();
});
