// Who is typing: only the browser sees key presses. Hints expire by themselves.
import { format } from "../components/dom.js";
import { on, sendToServer, up } from "../realtime/connection.js";
import { current, isBlocked, me, seqOf } from "./state.js";

const SEND_EVERY = 2500, EXPIRES_AFTER = 5500; // milliseconds
const typing = new Map(); // by username: the display name, and until when
let typingIn; // the room
let sentAt = -Infinity;
let timer;

document.addEventListener("input", ({ target }) => {
  if (target.dataset?.testid !== "composer" || !up || !target.value.trim()) return;
  if (performance.now() - sentAt < SEND_EVERY) return;
  sentAt = performance.now();
  sendToServer("typing", { room: current.room });
});

on("chat_typing", ({ room, people }) => {
  if (!current.timeline || room !== current.room) return;
  if (typingIn !== room) typing.clear();
  typingIn = room;
  const until = performance.now() + EXPIRES_AFTER;
  for (const { id, author, name } of people) {
    if (author !== me() && !isBlocked(id)) typing.set(author, { name, until });
  }
  draw();
});

on("decorate", (message) => { // the author of a new message is not typing any more
  if (seqOf(message) > current.last && typing.delete(message.dataset.author)) draw();
});

function draw() {
  clearTimeout(timer);
  if (typingIn !== current.room) typing.clear();
  const now = performance.now();
  for (const [author, { until }] of typing) if (until <= now) typing.delete(author);
  const line = document.querySelector(".typists");
  if (!line) return;
  const [first, second, third] = [...typing.values()];
  const { wordOne, wordTwo, wordMany } = line.dataset;
  line.textContent = third ? wordMany
    : second ? format(wordTwo, { one: first.name, other: second.name })
      : first ? format(wordOne, { name: first.name }) : "";
  if (first) timer = setTimeout(draw, Math.min(...[...typing.values()].map(({ until }) => until)) - now + 10);
}
