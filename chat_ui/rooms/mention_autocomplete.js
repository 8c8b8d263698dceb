// Names while one types: members of the room, and what calls everybody for who may.
import { complete } from "../components/autocomplete.js";
import { tellPage } from "../components/dom.js";
import { myId } from "./sidebar.js";
import { room, whenDressed } from "./timeline.js";

const FULL = 8; // the server offers no more people than this: there may be others
const PATIENCE = 3000; // milliseconds until an answer counts as lost
const FRESH = 60_000; // milliseconds for which an answer is kept
const kept = new Map(); // by room and beginning
const asked = new Map(); // whom to tell of the answer, by its number
let number = 0;

export function named({ asked: which, people }) {
  asked.get(which)?.(people);
  asked.delete(which);
}

function ask(start) {
  const key = `${room}:${start}`;
  const before = kept.get(key);
  if (before && performance.now() - before.at < FRESH) return before.people;
  const people = new Promise((resolve) => {
    asked.set(++number, resolve);
    setTimeout(() => { if (asked.delete(number)) resolve([]); }, PATIENCE);
    tellPage("names", { room, start, asked: number });
  });
  kept.set(key, { people, at: performance.now() });
  return people;
}

const fits = (start) => ({ username, name }) =>
  [username, ...name.split(/\s+/)].some((word) => word.toLowerCase().startsWith(start));

// A name that is written out needs no list: then Enter sends.
const meant = (people, start) =>
  (people.length === 1 && people[0].username.toLowerCase() === start ? [] : people.map(offer));

async function source(typed) { // what was offered for fewer letters holds all that is offered for more
  const start = typed.toLowerCase();
  for (let length = 0; length < start.length; length += 1) {
    const known = kept.get(`${room}:${start.slice(0, length)}`);
    if (!known || performance.now() - known.at > FRESH) continue;
    const people = await known.people;
    if (people.length && people.length < FULL) return meant(people.filter(fits(start)), start);
  }
  return meant(await ask(start), start);
}

const offer = ({ username, name }) => ({
  insert: `@${username}`, sign: "@", name: username, more: name === username ? "" : name,
});

complete("@", { source });

// Who is meant is for the browser to see: the server draws a name once for everybody.
whenDressed((message) => {
  for (const mention of message.querySelectorAll(".mention")) {
    const id = Number(mention.dataset.userId);
    const mine = id === myId() || (id === 0 && Number(message.dataset.authorId) !== myId());
    mention.classList.toggle("me", mine);
    if (mine) message.classList.add("names-me");
  }
});
