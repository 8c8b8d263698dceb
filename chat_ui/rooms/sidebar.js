// Unread counts in the list of rooms: they change without the list being drawn again.
import { find } from "../components/dom.js";
import { emit, on } from "../realtime/connection.js";
import { isBlocked, isMe, myId, seqOf, summaryOf } from "./state.js";
import { showTotal } from "./unread_badge.js";

const readHere = new Map(); // by room: how far it was read on this page, stored or not
let rooms = ""; // the last list received
let shown; // its first element, once it is in the page

export const entryOf = (room) =>
  document.querySelector(`[data-testid="room-list"] [data-room-id="${Number(room)}"]`);

function setCounts(room, change) {
  const entry = entryOf(room);
  if (!entry) return;
  Object.assign(entry.dataset, change);
  const unread = Number(entry.dataset.last) - Number(entry.dataset.read);
  if (unread > 0) entry.dataset.unread = unread;
  else {
    delete entry.dataset.unread;
    delete entry.dataset.mentions;
    emit("room-read", room);
  }
  showTotal();
}

// Each message counts once, even if it arrives twice: live, and as activity of the room.
function countUnread(room, news, last) {
  const entry = entryOf(room);
  if (!entry) return;
  const before = Number(entry.dataset.last);
  const fresh = news.filter(({ seq, by }) => seq > before && by !== myId() && !isBlocked(by));
  const mentions = fresh.filter(({ names }) => Object.values(names).some(isMe)).length;
  if (mentions) entry.dataset.mentions = Number(entry.dataset.mentions ?? 0) + mentions;
  setCounts(room, { last: Math.max(before, last) });
  emit("unread", { room, news: fresh });
}
on("chat_room_activity", ({ room, messages, last }) => countUnread(room, messages, last));

// What the timeline got live, as the server describes it to pages that show another room.
export function countArrived(room, arrived) {
  const news = arrived.map((message) => ({
    seq: seqOf(message),
    by: Number(message.dataset.authorId),
    name: message.querySelector(".author").textContent,
    text: summaryOf(message).slice(0, 140),
    names: Object.fromEntries([...message.querySelectorAll(".mention")].map((mention) =>
      [mention.textContent.slice(1).toLowerCase(), Number(mention.dataset.userId)])),
  }));
  if (news.length) countUnread(room, news, news.at(-1).seq);
}

function readTo(room, seq) { // this page may have read further than the server knows
  setCounts(room, { read: Math.max(seq, Number(entryOf(room)?.dataset.read ?? 0)) });
}
on("chat_read_elsewhere", ({ room, seq }) => readTo(room, seq));

export function markRead(room, seq) {
  readHere.set(room, seq);
  setCounts(room, { read: seq });
}

on("chat_membership_changed", ({ room, read, mentions, notify, marked }) => {
  if (marked) readHere.delete(room);
  const entry = entryOf(room);
  if (!entry) return;
  entry.dataset.notify = notify;
  if (mentions) entry.dataset.mentions = mentions;
  else delete entry.dataset.mentions;
  if (marked) setCounts(room, { read });
  else readTo(room, read);
});

on("chat_room_list", ({ html }) => {
  rooms = html;
  find("room-list")?.replaceChildren();
  fillList();
});
on("drawn", fillList);

function fillList() {
  const list = find("room-list");
  if (list && !list.firstChild) list.innerHTML = rooms;
  const first = list?.firstElementChild;
  if (first === shown) return;
  shown = first;
  for (const [room, seq] of readHere) readTo(room, seq);
  showTotal();
}
