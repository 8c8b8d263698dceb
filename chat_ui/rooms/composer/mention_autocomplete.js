// Names while one types `@`: members of the room.
import { complete } from "../../components/forms/autocomplete.js";
import { on, sendToServer } from "../../realtime/connection.js";
import { current } from "../state.js";

const FULL = 8; // the server offers no more people than this: there may be others
const FRESH = 60_000; // milliseconds for which an answer is used again
const known = new Map(); // the answers, by room and start
let asked = 0; // number of the last request: only its answer counts
let receive; // takes that answer

on("chat_name_suggestions", (answer) => { if (answer.asked === asked) receive(answer.people); });

async function findPeople(start) {
  const { room } = current;
  for (let length = start.length; length >= 0; length--) {
    const people = known.get(`${room}/${start.slice(0, length)}`);
    if (length === start.length && people) return people;
    // What fewer letters brought holds what more would, if it is all, and the server's form of
    // what is typed is the same.
    if (people?.length < FULL && /^[a-z0-9]+$/.test(start)) {
      return people.filter(({ words }) => words.includes(` ${start}`));
    }
  }
  const answered = new Promise((resolve) => { receive = resolve; });
  sendToServer("complete_name", { room, start, asked: ++asked });
  const people = await answered;
  const key = `${room}/${start}`;
  known.set(key, people);
  setTimeout(() => known.delete(key), FRESH);
  return people;
}

// As services/mentions/parser.py finds mentions, so that the list opens where one would be named.
const ESCAPES = /[.\-+\\@＠=&%#$]$/;
const IN_NAME = /[\p{L}\p{Nd}\p{Mn}\p{Mc}\p{Cf}]$/u;
const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]$/;
const AFTER_MENTION = /(?:^|\s)[([{"'*_~]*[@＠]\S*$/;

function beginsMention(text) {
  const near = text.slice(-65);
  const before = near.replace(/[_*~]+$/, "");
  if (before.endsWith("/")) return AFTER_MENTION.test(near);
  if (ESCAPES.test(before)) return false;
  return !IN_NAME.test(before) || UNSPACED.test(before);
}

complete("@＠", {
  begins: beginsMention,
  source: async (typed) => {
    const start = typed.toLowerCase();
    const people = await findPeople(start);
    // A name that is written out needs no list: then Enter sends.
    if (people.length === 1 && people[0].username.toLowerCase() === start) return [];
    return people.map(({ username, name }) => (
      { insert: `@${username}`, sign: "@", name: username, more: name === username ? "" : name }));
  },
});
