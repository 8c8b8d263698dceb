// How far one has read: only the browser knows what was really on a visible page.
import { up } from "./line.js";
import { frame, tell } from "./page.js";
import { count } from "./room_list.js";
import { atBottom, last, room, timeline } from "./timeline.js";

let readTimer, unsaidRead, saidRead, told;

export function begin(read) { // what the server knows it need not be told
  told = read;
  saidRead = false;
}

export function reading() { // only what was really on a visible page at the bottom counts as read
  if (!timeline || !up || document.visibilityState !== "visible" || !atBottom() || last <= told) return;
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
