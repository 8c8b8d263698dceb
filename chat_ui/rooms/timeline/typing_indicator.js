// Who is typing: only the browser sees key presses. Hints expire by themselves.
import { format, listen } from "../../components/dom.js";
import { on, sendToServer, up } from "../../realtime/connection.js";
import { current, isBlocked, me, seqOf } from "../state.js";

const SEND_EVERY = 2500, EXPIRES_AFTER = 5500; // milliseconds
const typing = new Map(); // by username: { name }
let sentAt = -Infinity;

listen("input", "[data-testid=composer]", (box) => {
  if (!up || !box.value.trim()) return;
  if (performance.now() - sentAt < SEND_EVERY) return;
  sentAt = performance.now();
  sendToServer("typing", { room: current.room });
});

on("room-opened", () => {
  typing.clear();
  draw();
});

on("chat_typing", ({ room, people }) => {
  if (room !== current.room) return;
  for (const { id, author, name } of people) {
    if (author === me() || isBlocked(id)) continue;
    const hint = { name };
    typing.set(author, hint);
    setTimeout(() => { if (typing.get(author) === hint) remove(author); }, EXPIRES_AFTER);
  }
  draw();
});

on("decorate", (message) => { // the author of a new message is not typing any more
  if (seqOf(message) > current.last) remove(message.dataset.author);
});

function remove(author) {
  if (typing.delete(author)) draw();
}

function draw() {
  const line = document.querySelector(".typists");
  if (!line) return;
  const [one, other, third] = [...typing.values()].map(({ name }) => name);
  const { wordOne, wordTwo, wordMany } = line.dataset;
  const words = third ? wordMany : other ? wordTwo : one ? wordOne : "";
  line.textContent = format(words, { name: one, one, other });
}
