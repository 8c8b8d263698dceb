// Notifications: only the browser knows whether the page is looked at, and can show them.
import { actions } from "../components/actions.js";
import { find, frame } from "../components/dom.js";
import { goTo } from "../components/navigation.js";
import { store } from "../components/storage.js";
import { on } from "../realtime/connection.js";
import { entryOf } from "./sidebar.js";
import { current, isMe, myId } from "./state.js";

const HERE = 5 * 60_000; // milliseconds without a key, a click or scrolling until @here means others
const FORGOTTEN = 40_000; // milliseconds after which a tab must report again that it shows a room
const SPREAD = 250; // milliseconds over which the tabs of one browser are spread
const permission = () => globalThis.Notification?.permission ?? "none";
const open = new Map(); // notifications, by room

let touchedAt = Date.now(); // not as presence.js, which counts every move of the mouse
for (const kind of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => { touchedAt = Date.now(); }, { passive: true, capture: true });
}

// -- the room that is open in any tab: its messages do not notify ------------------------------------
const viewingKey = () => `chat-looking:${myId()}`;
const isViewing = () => document.visibilityState === "visible" && document.hasFocus();
let isAnnounced = false;

function announceViewing() {
  const { room } = current;
  if (isViewing() && room) store.set(viewingKey(), JSON.stringify({ room, at: Date.now() }));
  else if (isAnnounced) store.drop(viewingKey());
  isAnnounced = isViewing() && Boolean(room);
}
for (const event of ["focus", "blur", "pagehide"]) addEventListener(event, announceViewing);
document.addEventListener("visibilitychange", announceViewing);
setInterval(announceViewing, FORGOTTEN / 3);

function isViewed(room) {
  if (isViewing() && room === current.room) return true;
  const viewing = store.getJson(viewingKey());
  return viewing?.room === room && Date.now() - viewing.at < FORGOTTEN;
}

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
  return isByName || (Object.values(names).some(isMe) && Date.now() - touchedAt < HERE);
}

function notifyIfNeeded({ room, news }) {
  const entry = entryOf(room);
  const { kind, notify } = entry.dataset;
  if (notify === "nothing" || isQuietTime() || isViewed(room)) return;
  const followsAll = kind === "direct" || notify === "everything";
  const message = news.findLast(({ names }) => followsAll || isForMe(names));
  if (!message) return;
  setTimeout(() => { // each tab at a different moment, so that the first can stop the others
    if (!isFirstTab(room, message.seq)) return;
    chime();
    show(entry, room, message);
  }, Math.random() * SPREAD);
}
on("unread", notifyIfNeeded);

function isFirstTab(room, seq) {
  const key = `chat-called:${myId()}:${room}`;
  if (Number(store.get(key) ?? 0) >= seq) return false;
  store.set(key, seq);
  return true;
}

// -- how it calls ----------------------------------------------------------------------------------
function show(entry, room, { seq, name, text }) {
  if (permission() !== "granted") { offer(); return; }
  const where = entry.dataset.kind === "direct" ? "" : ` · ${entry.querySelector(".name").textContent}`;
  try {
    const options = { body: text, tag: `chat-room-${room}`, renotify: true, silent: true };
    const notification = new Notification(name + where, options);
    notification.onclick = () => {
      window.focus();
      goTo(`/rooms/${room}/messages/${seq}`);
      notification.close();
    };
    open.set(room, notification);
  } catch { /* phones let only service workers show them; the title still counts */ }
}

on("room-read", (room) => { // here or on another device
  open.get(room)?.close();
  open.delete(room);
});

let sound;
function chime() {
  if (frame().dataset.sound === "off") return;
  sound ??= new Audio(new URL("../chime.wav", import.meta.url));
  sound.play().catch(() => {}); // the browser may require a click first
}

// -- permission: requested by a button, after a message would have notified -------------------------
const declinedKey = () => `chat-calls-declined:${myId()}`;

function showOffer(isShown) {
  const bar = find("offer-calls");
  if (bar) bar.hidden = !isShown;
}

function offer() {
  if (!isViewing() && permission() === "default" && store.get(declinedKey()) === null) showOffer(true);
}

function showPermission() { // the dialog about a room has a text for each
  document.body.dataset.calls = permission();
}
showPermission();

actions["allow-calls"] = async () => {
  showOffer(false);
  await globalThis.Notification?.requestPermission();
  showPermission();
};
actions["decline-calls"] = () => {
  showOffer(false);
  store.set(declinedKey(), "1");
};
