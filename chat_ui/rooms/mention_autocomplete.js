// Names while one types `@`: members of the room. And the mentions of the reader are marked.
import { complete } from "../components/autocomplete.js";
import { tellPage } from "../components/dom.js";
import { on } from "../components/events.js";
import { current, isMe, myId } from "./state.js";

const FULL = 8; // the server offers no more people than this: there may be others
const FRESH = 60_000; // milliseconds for which an answer is used again
let last; // the last answer: { room, start, people, at }
let asked = 0, answer; // number of the last request, and the callback for its answer

on("chat_name_suggestions", ({ asked: number, people }) => { if (number === asked) answer?.(people); });

function ask(start) {
  tellPage("complete_name", { room: current.room, start, asked: ++asked });
  return new Promise((resolve) => { answer = resolve; }); // that of an earlier question is not needed
}

async function findPeople(start) { // what fewer letters brought holds what more would, if it is all
  const { room } = current;
  if (last?.room === room && performance.now() - last.at < FRESH) {
    if (start === last.start) return last.people;
    const isAll = last.people.length < FULL;
    if (isAll && start.startsWith(last.start)) return last.people.filter((each) => fits(each, start));
  }
  const people = await ask(start);
  last = { room, start, people, at: performance.now() };
  return people;
}

const fits = ({ username, name }, start) =>
  [username, ...name.split(/\s+/)].some((word) => word.toLowerCase().startsWith(start));

complete("@", {
  source: async (typed) => {
    const start = typed.toLowerCase();
    const people = await findPeople(start);
    // A name that is written out needs no list: then Enter sends.
    if (people.length === 1 && people[0].username.toLowerCase() === start) return [];
    return people.map(({ username, name }) => (
      { insert: `@${username}`, sign: "@", name: username, more: name === username ? "" : name }));
  },
});

on("decorate", (message) => {
  for (const mention of message.querySelectorAll(".mention")) {
    const id = Number(mention.dataset.userId);
    const isMine = isMe(id) && !(id === 0 && Number(message.dataset.authorId) === myId());
    mention.classList.toggle("me", isMine);
    if (isMine) message.classList.add("names-me");
  }
});
