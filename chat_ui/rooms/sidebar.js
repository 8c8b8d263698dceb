// Unread counts: they move without anything being drawn anew.
import { showTotal } from "./unread_badge.js";
import { find, frame } from "../components/dom.js";
import { reached } from "./read_position.js";

export const entryOf = (room) =>
  document.querySelector(`[data-testid="room-list"] [data-room-id="${Number(room)}"]`);
export const myId = () => Number(frame()?.dataset.meId);
export const isBlocked = (id) => (frame()?.dataset.blocked ?? "").split(" ").includes(String(id));
export const isMine = (names) => Object.values(names).some((id) => id === 0 || id === myId());

// Told to whoever wants to know when a room has nothing unread any more.
const readers = [];
export const whenRead = (reader) => readers.push(reader);

export function count(where, change) {
  const entry = entryOf(where);
  if (!entry) return;
  Object.assign(entry.dataset, change);
  const unread = Number(entry.dataset.last) - Number(entry.dataset.read);
  if (unread > 0) entry.dataset.unread = unread;
  else {
    for (const name of ["unread", "mentions"]) delete entry.dataset[name];
    for (const tell of readers) tell(where);
  }
  showTotal();
}

// What was said in a room; each message is counted once, however often it is told of.
export function heard(where, said, last) {
  const entry = entryOf(where);
  if (!entry) return;
  const before = Number(entry.dataset.last);
  const named = said.filter(({ seq, by, names }) =>
    seq > before && by !== myId() && !isBlocked(by) && isMine(names)).length;
  if (named) entry.dataset.mentions = Number(entry.dataset.mentions ?? 0) + named;
  count(where, { last: Math.max(before, last) });
}

// How a room stands after one has marked it as unread, or chosen what to be called for.
export function standing({ room, read, mentions, notify, marked }) {
  const entry = entryOf(room);
  if (!entry) return;
  entry.dataset.notify = notify;
  if (mentions) entry.dataset.mentions = mentions;
  else delete entry.dataset.mentions;
  if (marked) count(room, { read });
  else readTo(room, read);
}

export function readTo(where, seq) { // this page may be further than the server knows
  count(where, { read: Math.max(seq, Number(entryOf(where)?.dataset.read ?? 0)) });
}

let rooms = ""; // the list as it came last
export function listRooms({ html }) {
  rooms = html;
  find("room-list")?.replaceChildren();
  listed();
}

let drawn; // the list that was there last
export function listed() { // another is there: what was read a moment ago may not be stored yet
  const place = find("room-list");
  if (place && !place.firstChild) place.innerHTML = rooms;
  const list = place?.firstElementChild;
  if (list === drawn) return;
  drawn = list;
  for (const [room, seq] of reached) readTo(room, seq);
  showTotal();
}
