// Notifications: only the browser knows whether its person looks, and only it can call them.
import { actions, follow } from "../components/clicks.js";
import { find, frame } from "../components/dom.js";
import { entryOf, isBlocked, isMine, myId, whenRead } from "./sidebar.js";
import { store } from "../components/storage.js";
import { room as shown, whenHeard } from "./timeline.js";

const HERE = 5 * 60_000; // milliseconds without a key or a touch until @here means somebody else
const FORGOTTEN = 40_000; // milliseconds until a tab that looks at a room must have said so again
const APART = 250; // milliseconds among which the tabs of one browser are spread
let touched = Date.now();
for (const kind of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => { touched = Date.now(); }, { passive: true, capture: true });
}

// -- which room somebody looks at, in whichever tab: for that one nothing calls --------------------
const lookingKey = () => `chat-looking:${myId()}`;
const isLooking = () => document.visibilityState === "visible" && document.hasFocus();
let said = false;

function sayLooking() {
  if (isLooking() && shown) store.set(lookingKey(), JSON.stringify({ room: shown, at: Date.now() }));
  else if (said) store.drop(lookingKey());
  said = isLooking() && Boolean(shown);
}
for (const event of ["focus", "blur", "pagehide"]) addEventListener(event, sayLooking);
document.addEventListener("visibilitychange", sayLooking);
setInterval(sayLooking, FORGOTTEN / 3);

function isLookedAt(room) {
  if (isLooking() && room === shown) return true;
  try {
    const { room: where, at } = JSON.parse(store.get(lookingKey()));
    return where === room && Date.now() - at < FORGOTTEN;
  } catch { return false; } // nobody looks, or somebody else wrote there
}

// -- what calls ------------------------------------------------------------------------------------
function isQuiet() { // do-not-disturb hours, in minutes after midnight; they may go over it
  const [from, until] = [frame()?.dataset.quietFrom, frame()?.dataset.quietUntil];
  if (!from || !until) return false;
  const now = new Date().getHours() * 60 + new Date().getMinutes();
  return Number(from) < Number(until)
    ? now >= Number(from) && now < Number(until)
    : now >= Number(from) || now < Number(until);
}

function names(name) { // @here is for who is here
  if (!isMine(name)) return false;
  const direct = Object.values(name).includes(myId()) || "room" in name;
  return direct || Date.now() - touched < HERE;
}

function calls({ kind, notify }, message) {
  if (notify === "nothing" || message.by === myId() || isBlocked(message.by)) return false;
  return kind === "direct" || notify === "everything" || names(message.names);
}

export function called(where, news) {
  const entry = entryOf(where);
  if (!entry || isQuiet() || isLookedAt(where)) return;
  const last = Number(entry.dataset.last);
  const message = news.filter((each) => each.seq > last && calls(entry.dataset, each)).at(-1);
  if (!message) return;
  // Each tab at another moment, so that the first can tell the others.
  setTimeout(() => {
    if (!isFirst(where, message.seq)) return;
    chime();
    show(entry, where, message);
  }, Math.random() * APART);
}
whenHeard(called);

function isFirst(where, seq) { // of several tabs one calls
  const key = `chat-called:${myId()}:${where}`;
  if (Number(store.get(key) ?? 0) >= seq) return false;
  store.set(key, seq);
  return true;
}

// -- how it calls ----------------------------------------------------------------------------------
const open = new Map(); // by room

function show(entry, where, { seq, name, text }) {
  if (globalThis.Notification?.permission !== "granted") { offer(); return; }
  const title = entry.querySelector(".name").textContent;
  try {
    const notification = new Notification(entry.dataset.kind === "direct" ? name : `${name} · ${title}`, {
      body: text, tag: `chat-room-${where}`, renotify: true, silent: true,
    });
    notification.onclick = () => {
      window.focus();
      follow(`/rooms/${where}/messages/${seq}`);
      notification.close();
    };
    open.set(where, notification);
  } catch { /* phones let only service workers show them; the count in the title is there still */ }
}

whenRead((where) => { // here or on another device
  open.get(where)?.close();
  open.delete(where);
});

let sounding;
function chime() { // two soft tones, made here: no file, and nothing to load
  if (frame().dataset.sound === "off" || typeof AudioContext === "undefined") return;
  sounding ??= new AudioContext();
  if (sounding.state !== "running" && !navigator.userActivation?.hasBeenActive) return; // it would only complain
  sounding.resume();
  [660, 880].forEach((pitch, number) => {
    const [tone, volume] = [sounding.createOscillator(), sounding.createGain()];
    const start = sounding.currentTime + number * 0.12;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.08, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(volume).connect(sounding.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  });
}

// -- asking for permission: from a button, in context, and never at loading ------------------------
const declined = () => store.get(`chat-calls-declined:${myId()}`) !== null;

function offer() { // something would have called while nobody looked
  if (isLooking() || declined() || globalThis.Notification?.permission !== "default") return;
  const bar = find("offer-calls");
  if (bar) bar.hidden = false;
}

function showPermission() { // the box about a room says which of four it is
  document.body.dataset.calls = globalThis.Notification?.permission ?? "none";
}
showPermission();

const hideOffer = () => { const bar = find("offer-calls"); if (bar) bar.hidden = true; };

actions["allow-calls"] = async () => {
  hideOffer();
  await globalThis.Notification?.requestPermission();
  showPermission();
};
actions["decline-calls"] = () => {
  hideOffer();
  store.set(`chat-calls-declined:${myId()}`, "1");
};
