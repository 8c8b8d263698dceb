// Who is typing: only the browser hears the keys. A hint dies by itself, so none is ever stale.
import { up } from "../realtime/connection.js";
import { frame, tellPage } from "../components/dom.js";
import { last, me, room, seqOf, timeline, whenDressed } from "./timeline.js";

const AGAIN = 2500; // milliseconds between two hints of one's own
const STALE = 5500; // milliseconds after which somebody types no more, unless we hear of it again
let said = -Infinity;
const typing = new Map(); // by username: the name that is shown, and until when
let where; // in which room
let timer;

document.addEventListener("input", ({ target }) => {
  if (target.dataset?.testid !== "composer" || !up || !target.value.trim()) return;
  if (performance.now() - said < AGAIN) return;
  said = performance.now();
  tellPage("typing", { room });
});

export function typists({ room: here, people }) {
  if (!timeline || here !== room) return;
  if (where !== room) typing.clear();
  where = room;
  const blocked = new Set((frame().dataset.blocked ?? "").split(/[\s,]+/));
  for (const { id, author, name } of people) {
    if (author !== me() && !blocked.has(String(id))) typing.set(author, { name, until: performance.now() + STALE });
  }
  draw();
}

whenDressed((message) => { // a new one: whoever has sent it types no more
  if (seqOf(message) > last && typing.delete(message.dataset.author)) draw();
});

function draw() {
  clearTimeout(timer);
  if (where !== room) typing.clear(); // something else was opened meanwhile
  const now = performance.now();
  for (const [author, { until }] of typing) if (until <= now) typing.delete(author);
  const line = document.querySelector(".typists");
  if (!line) return;
  const names = [...typing.values()].map(({ name }) => name);
  const { wordOne, wordTwo, wordMany } = line.dataset;
  // A name may hold what `replace` takes for a pattern, or for a place to fill in.
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key]);
  line.textContent = !names.length ? ""
    : names.length === 1 ? fill(wordOne, { name: names[0] })
      : names.length === 2 ? fill(wordTwo, { one: names[0], other: names[1] }) : wordMany;
  if (names.length) timer = setTimeout(draw, Math.min(...[...typing.values()].map(({ until }) => until)) - now + 10);
}
