// The list of rooms: counts, last messages and the places of entries change without it being drawn again.
import { actions } from "../../components/actions.js";
import { fill, find, format, formatCount, frame } from "../../components/dom.js";
import { formatNumber } from "../../components/numbers.js";
import { store } from "../../components/storage.js";
import { formatBrief } from "../../components/times.js";
import { emit, on } from "../../realtime/connection.js";
import { current, isBlocked, isMe, myId, seqOf, summaryOf } from "../state.js";
import { showTotal } from "./unread_badge.js";

const readHere = new Map(); // by room: how far it was read on this page, stored or not
const told = new Map(); // by room: up to which seq messages have come, and may have notified
let rooms = ""; // the last list received
let shown; // its first element, once it is in the page
let blockedThen; // whose last messages it leaves out
const FOLDED = "chat-folded"; // the sections that this browser keeps folded

export const entryOf = (room) =>
  document.querySelector(`[data-testid="room-list"] [data-room-id="${Number(room)}"]`);

const sectionOf = (name) => document.querySelector(`[data-section="${name}"]`);

// Messages that count for nothing though they are after the last one read: deleted, or by somebody blocked.
const uncountedIn = ({ dataset: { uncounted, read } }) =>
  (uncounted ?? "").split(" ").map(Number).filter((seq) => seq > Number(read));
export const isUncounted = (room, seq) => uncountedIn(entryOf(room)).includes(seq);

function setCounts(room, change, uncounted = []) {
  const entry = entryOf(room);
  if (!entry) return;
  Object.assign(entry.dataset, change);
  const skipped = [...new Set([...uncountedIn(entry), ...uncounted])];
  entry.dataset.uncounted = skipped.join(" ");
  const { last, read } = entry.dataset;
  const unread = last - read - skipped.filter((seq) => seq > Number(read) && seq <= Number(last)).length;
  if (unread > 0) entry.dataset.unread = unread;
  else {
    delete entry.dataset.unread;
    delete entry.dataset.mentions;
    emit("room-read", room);
  }
  sayCounts(entry);
  place(entry);
  showTotal();
}

function sayCounts({ dataset, lastElementChild: said }) { // as a number, and in words for screen readers
  const words = find("room-list").dataset;
  const counts = [["unread", "wordUnread"], ["mentions", "wordMentions"]].filter(([name]) => dataset[name])
    .map(([name, word]) => {
      const count = Number(dataset[name]);
      dataset[`${name}Shown`] = formatNumber(count);
      return formatCount(words, word, { count });
    });
  said.textContent = counts.join(", ");
}

// What is unread comes first; the room that is shown stays where it is.
function place(entry) {
  const { unread, notify, home } = entry.dataset;
  if (!home) return;
  const isFirst = unread && notify !== "nothing" && !entry.ariaCurrent;
  const section = isFirst ? "unread" : home;
  const list = sectionOf(section).querySelector(".rooms");
  const rank = ["unread", "direct"].includes(section) ? rankByTime : rankByName;
  const item = entry.parentElement;
  const after = [...list.children].find((other) => other !== item && rank(other) > rank(item)) ?? null;
  if (item.parentElement === list && item.nextElementSibling === after) return;
  const hadFocus = document.activeElement === entry;
  list.insertBefore(item, after);
  if (hadFocus) entry.focus();
}
const rankByTime = (item) => Number(item.style.getPropertyValue("--at"));
const rankByName = (item) => Number(item.firstElementChild.dataset.place);

// -- the last message of each room -------------------------------------------------------------------
const lastOf = ({ dataset }) => dataset.summary && JSON.parse(dataset.summary);

function summarise(room, summary) {
  const entry = entryOf(room);
  if (!entry || summary.seq < lastOf(entry)?.seq) return;
  entry.dataset.summary = JSON.stringify(summary);
  entry.parentElement.style.setProperty("--at", -Math.floor(summary.at / 1000));
  write(entry);
  place(entry);
}

function write(entry) {
  const { kind, by, name, text, at } = lastOf(entry);
  const words = JSON.parse(frame().dataset.said);
  const said = format(words[isBlocked(by) ? "blocked" : kind] ?? "{text}", { text });
  const isPair = entry.dataset.kind === "direct" && !("group" in entry.dataset);
  const whose = by === myId() ? words.mine : isPair ? "{text}" : words.theirs;
  fill(entry.querySelector(".last-said"), whose, { name, text: said });
  entry.querySelector(".when").textContent = formatBrief(at);
}

on("day-changed", () => document.querySelectorAll("[data-testid=room-list] [data-summary]").forEach(write));

on("chat_messages", ({ room, summary }) => summary && summarise(room, summary));
on("chat_message_changes", ({ room, summaries }) => changed(room, summaries));
on("chat_room_summaries", ({ room, summaries }) => changed(room, summaries));

function changed(room, summaries) { // messages were edited or deleted, perhaps the last one
  const last = lastOf(entryOf(room) ?? document.body)?.seq;
  summaries.filter(({ seq }) => seq === last).forEach((each) => summarise(room, each));
  const seqs = summaries.filter(({ kind }) => kind === "deleted").map(({ seq }) => seq);
  if (!seqs.length) return;
  setCounts(room, {}, seqs);
  emit("deleted", { room, seqs });
}

// Each message counts once, even if it arrives twice: live, and as activity of the room.
function countUnread(room, news, last, others = []) {
  const entry = entryOf(room);
  if (!entry) return;
  const before = Number(entry.dataset.last);
  const uncounted = [...others, ...news.map(({ seq, by }) => [seq, by])]
    .filter(([, by]) => !by || isBlocked(by)).map(([seq]) => seq);
  const fresh = news.filter(({ seq, by }) =>
    seq > (told.get(room) ?? 0) && by !== myId() && !uncounted.includes(seq) && !isUncounted(room, seq));
  told.set(room, Math.max(last, told.get(room) ?? 0));
  const mentions = fresh.filter(({ seq, names }) =>
    seq > before && Object.values(names).some(isMe)).length;
  if (mentions) entry.dataset.mentions = Number(entry.dataset.mentions ?? 0) + mentions;
  setCounts(room, { last: Math.max(before, last) }, uncounted);
  emit("unread", { room, news: fresh });
}
on("chat_room_activity", ({ room, messages, others, last, summary }) => {
  summarise(room, summary);
  countUnread(room, messages, last, others);
});

// What the timeline got live, as the server describes it to pages that show another room.
export function countArrived(room, arrived) {
  const news = arrived.map((message) => ({
    seq: seqOf(message),
    by: message.matches(".deleted, .silent") ? 0 : Number(message.dataset.authorId),
    name: message.querySelector(".author").textContent,
    text: summaryOf(message).slice(0, 140),
    sticker: message.matches(".stickered"),
    encrypted: message.matches(".encrypted"),
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

on("chat_membership_changed", ({ room, read, mentions, notify, marked, uncounted }) => {
  if (marked) readHere.delete(room);
  const entry = entryOf(room);
  if (!entry) return;
  entry.dataset.notify = notify;
  if (mentions) entry.dataset.mentions = mentions;
  else delete entry.dataset.mentions;
  if (marked) setCounts(room, { read }, uncounted);
  else readTo(room, read);
});

on("chat_room_members", ({ room, count, faces }) => {
  const button = find("members");
  if (!button || room !== current.room) return;
  button.querySelector(".stack").innerHTML = faces;
  button.querySelector(".many").textContent = formatNumber(count);
});

on("chat_room_list", ({ html }) => {
  rooms = html;
  const { roomId } = find("room-list")?.querySelector("[data-room-id]:focus")?.dataset ?? {};
  find("room-list")?.replaceChildren();
  fillList();
  if (roomId) entryOf(roomId)?.focus({ preventScroll: true });
});
on("drawn", fillList);

function fillList() {
  const list = find("room-list");
  if (list && !list.firstChild) list.innerHTML = rooms;
  const first = list?.firstElementChild;
  const blocked = frame()?.dataset.blocked;
  if (first === shown && blocked === blockedThen) return;
  [shown, blockedThen] = [first, blocked];
  const entries = [...list?.querySelectorAll("[data-room-id]") ?? []];
  if (!told.size) { // later, a room that is listed brings news
    for (const { dataset } of entries) told.set(Number(dataset.roomId), Number(dataset.last));
  }
  entries.forEach(sayCounts);
  list?.querySelectorAll("[data-summary]").forEach(write);
  for (const section of store.getJson(FOLDED) ?? []) fold(sectionOf(section), true);
  for (const [room, seq] of readHere) readTo(room, seq);
  showTotal();
}

const fold = (section, isFolded) =>
  section?.querySelector("h2 button").setAttribute("aria-expanded", !isFolded);
actions.fold = (button) => {
  fold(button.closest("[data-section]"), button.ariaExpanded === "true");
  const folded = [...document.querySelectorAll("[data-section]:has(h2 [aria-expanded=false])")];
  store.set(FOLDED, JSON.stringify(folded.map(({ dataset }) => dataset.section)));
};
