// How far one has read: only the browser knows what was really on a visible page.
import { up } from "../realtime/connection.js";
import { tellPage } from "../components/dom.js";
import { count } from "./sidebar.js";
import { atBottom, last, ready, room, timeline } from "./timeline.js";

const SOON = 300, PACE = 5000; // milliseconds until it is said, and between two times
const CROWD = 30; // when more than this look at a room, it is said with the heartbeat
let readTimer, unsaidRead, told, crowded;
let said = -Infinity; // when, by a clock that nobody puts back
let marked; // whether the room was marked as unread since it was opened: then one is not reading it
export const reached = new Map(); // by room: how far it has been read here, be it stored or not

export function begin(read) { // what the server knows it need not be told
  [told, said, marked, crowded] = [read, -Infinity, false, false];
}

export function beginAgain(read) { // what was said last may have been lost with the line
  [told, said] = [read, -Infinity];
}

export function keepUnread(where) { // one's own mark, set here or on another device, stands for now
  reached.delete(where);
  if (where !== room) return;
  clearTimeout(readTimer);
  [marked, readTimer, unsaidRead] = [true, undefined, undefined];
}

export function answered() { // who speaks has read
  marked = false;
}

export function crowd(people) { // how many look at this room now
  crowded = people > CROWD;
}

export function reading() { // only what was really on a visible page at the bottom counts as read
  if (!timeline || !up || marked || document.visibilityState !== "visible" || !atBottom() || !ready) return;
  reached.set(room, last);
  count(room, { read: last }); // the server hears of it in a moment
  if (last <= told) return;
  unsaidRead = { room, seq: last };
  if (crowded) return;
  readTimer ??= setTimeout(sayRead, Math.max(SOON, said + PACE - performance.now()));
}
document.addEventListener("visibilitychange", () => {
  if (!crowded) sayRead();
  reading();
});
addEventListener("pagehide", sayRead);

export function sayRead() {
  clearTimeout(readTimer);
  readTimer = undefined;
  if (unsaidRead && up) tellPage("read", done());
}

function done() { // what is to be said; it counts as said
  const read = unsaidRead;
  if (read.room === room) told = read.seq;
  said = performance.now();
  unsaidRead = undefined;
  return read;
}

export function withHeartbeat(packet) { // Engine.IO is about to send this
  if (packet.type === "pong" && unsaidRead) packet.data = JSON.stringify(done());
}
