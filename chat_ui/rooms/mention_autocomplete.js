// Names while one types `@`: members of the room. And the mentions of the reader are marked.
import { complete } from "../components/autocomplete.js";
import { answer, ask } from "../components/questions.js";
import { on, sendToServer } from "../realtime/connection.js";
import { current, isMe, myId } from "./state.js";

const FULL = 8; // the server offers no more people than this: there may be others
const FRESH = 60_000; // milliseconds for which an answer is used again
const TIMEOUT = 3000; // milliseconds until an answer counts as lost
const known = new Map(); // the answers: { people, at } by room and start

on("chat_name_suggestions", ({ asked, people }) => answer(asked, people));

async function findPeople(start) {
  const { room } = current;
  for (let length = start.length; length >= 0; length--) {
    const { people, at } = known.get(`${room}/${start.slice(0, length)}`) ?? {};
    if (!people || performance.now() - at > FRESH) continue;
    if (length === start.length) return people;
    // What fewer letters brought holds what more would, if it is all.
    if (people.length < FULL) return people.filter((each) => fits(each, start));
  }
  const people = await ask((asked) => sendToServer("complete_name", { room, start, asked }), TIMEOUT);
  if (people) known.set(`${room}/${start}`, { people, at: performance.now() });
  return people ?? [];
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
