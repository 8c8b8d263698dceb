// How far one has read: only the browser knows what was really on a visible page.
import { up } from "./line.js";
import { frame, tell } from "./page.js";
import { count } from "./room_list.js";
import { atBottom, last, ready, room, timeline } from "./timeline.js";

let readTimer, unsaidRead, saidRead, told;
let marked; // whether the room was marked as unread since it was opened: then one is not reading it
export const reached = new Map(); // by room: how far it has been read here, be it stored or not

export function begin(read) { // what the server knows it need not be told
  told = read;
  saidRead = marked = false;
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

export function reading() { // only what was really on a visible page at the bottom counts as read
  if (!timeline || !up || marked || document.visibilityState !== "visible" || !atBottom() || !ready) return;
  reached.set(room, last);
  count(room, { read: last }); // the server hears of it in a moment
  if (last <= told) return;
  unsaidRead = { room, seq: last };
  readTimer ??= setTimeout(sayRead, saidRead ? 5000 : 300);
}
document.addEventListener("visibilitychange", () => { sayRead(); reading(); });
addEventListener("pagehide", sayRead);

export function sayRead() {
  clearTimeout(readTimer);
  readTimer = undefined;
  if (!unsaidRead || !up) return;
  tell(frame(), "read", unsaidRead);
  count(unsaidRead.room, { read: unsaidRead.seq }); // other pages are told by the server
  told = unsaidRead.seq;
  saidRead = true;
  unsaidRead = undefined;
}
