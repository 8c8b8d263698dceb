// Notifications: only the browser can show them.
import { actions } from "../../components/actions.js";
import { find, format, frame } from "../../components/dom.js";
import { goTo } from "../../components/navigation.js";
import { store } from "../../components/storage.js";
import { isLooking, pressedLately } from "../../people/attention.js";
import { emit, on } from "../../realtime/connection.js";
import { pushWorker } from "./push.js";
import { entryOf, isUncounted } from "../sidebar/sidebar.js";
import { current, isMe, myId } from "../state.js";

const WAIT = 200; // milliseconds for which the tab that shows a room may stop the others
const SPREAD = 200; // milliseconds over which the tabs of one browser are spread
const HELD = 10_000; // milliseconds for which a message stays the first tab's
const permission = () => globalThis.Notification?.permission ?? "none";
const open = new Map(); // notifications of this page, by room
const tagOf = (room) => `chat-room-${room}`; // as in service_worker.js

// -- what calls ------------------------------------------------------------------------------------
function isQuietTime() { // in minutes after midnight, which may lie between the two
  const { quietFrom, quietUntil } = frame()?.dataset ?? {};
  if (!quietFrom || !quietUntil) return false;
  const [from, until] = [Number(quietFrom), Number(quietUntil)];
  const now = new Date().getHours() * 60 + new Date().getMinutes();
  return from < until ? now >= from && now < until : now >= from || now < until;
}

function isForMe(names) { // @here is only for those who are here
  const isByName = Object.values(names).includes(myId()) || "room" in names;
  return isByName || (Object.values(names).some(isMe) && pressedLately());
}

function notifyIfNeeded({ room, news }) {
  const entry = entryOf(room);
  const message = news.findLast(calls(entry.dataset));
  if (!message) return;
  if (isLooking() && room === current.room) inFirstTab(room, message.seq, () => {}); // and the last
  else if (!isQuietTime()) {
    setTimeout(() => inFirstTab(room, message.seq, () => {
      if (!entryOf(room) || isUncounted(room, message.seq)) return; // deleted in the meantime
      chime();
      show(entry, room, message);
    }), WAIT + Math.random() * SPREAD);
  }
}
on("unread", notifyIfNeeded);

const calls = ({ kind, notify }) => ({ names }) =>
  notify !== "nothing" && (kind === "direct" || notify === "everything" || isForMe(names));

function inFirstTab(room, seq, notify) { // the first to notify, or the one that shows the room
  const key = `chat-called:${myId()}:${room}`;
  const ifFirst = () => {
    if (Number(store.get(key) ?? 0) >= seq) return;
    store.set(key, seq);
    notify();
  };
  // Another tab may see late what is stored; a lock is seen at once. Plain HTTP has no locks, and
  // no notifications either: there the tabs wait for different times, so as not to chime together.
  if (!navigator.locks) { ifFirst(); return; }
  navigator.locks.request(`${key}:${seq}`, { ifAvailable: true }, (lock) => {
    if (!lock) return null;
    ifFirst();
    return new Promise((release) => { setTimeout(release, HELD); });
  }).catch(ifFirst); // where the browser keeps nothing
}

// -- how it calls ----------------------------------------------------------------------------------
async function show(entry, room, { seq, name, text, sticker, encrypted }) {
  if (permission() !== "granted") { offer(); return; }
  const where = entry.dataset.kind === "direct" ? "" : ` · ${entry.querySelector(".name").textContent}`;
  try {
    const words = JSON.parse(frame().dataset.said);
    const body = encrypted ? words.encrypted : sticker ? format(words.sticker, { text }) : text;
    const data = { seq, address: `/rooms/${room}/messages/${seq}` };
    const options = { body, tag: tagOf(room), renotify: true, silent: true, data };
    const worker = await pushWorker();
    if (worker) { await worker.showNotification(name + where, options); return; }
    const notification = new Notification(name + where, options);
    notification.onclick = () => {
      window.focus();
      goTo(data.address);
      notification.close();
    };
    open.set(room, notification);
  } catch { /* phones let only service workers show them; the title still counts */ }
}

on("room-read", (room) => withdraw(room)); // here or on another device
on("deleted", ({ room, seqs }) => withdraw(room, seqs));
async function withdraw(room, seqs) {
  const shown = [open.get(room), ...await (await pushWorker())?.getNotifications({ tag: tagOf(room) }) ?? []];
  const over = shown.filter((each) => each && (seqs?.includes(each.data.seq) ?? true));
  if (over.includes(open.get(room))) open.delete(room);
  over.forEach((each) => each.close());
}

let sound;
function chime() {
  if (frame().dataset.sound === "off") return;
  sound ??= new Audio(new URL("../../chime.wav", import.meta.url));
  sound.play().catch(() => {}); // the browser may require a click first
}

// -- permission: requested by a button, after a message would have notified -------------------------
const declinedKey = () => `chat-calls-declined:${myId()}`;

function showOffer(isShown) {
  const bar = find("offer-calls");
  if (bar) bar.hidden = !isShown;
}

function offer() {
  if (!isLooking() && permission() === "default" && store.get(declinedKey()) === null) showOffer(true);
}

function showPermission() { // the dialog about a room has a text for each
  document.body.dataset.calls = permission();
}
showPermission();

actions["allow-calls"] = async () => {
  showOffer(false);
  await globalThis.Notification?.requestPermission();
  showPermission();
  if (permission() === "granted") emit("calls-allowed");
};
actions["decline-calls"] = () => {
  showOffer(false);
  store.set(declinedKey(), "1");
};
