// Read positions: only the browser knows which messages somebody has seen.
import { isLooking } from "../../people/attention.js";
import { on, sendToServer, up } from "../../realtime/connection.js";
import { atBottom } from "./scrolling.js";
import { markRead } from "../sidebar/sidebar.js";
import { current } from "../state.js";

const DELAY = 300, PACE = 5000; // milliseconds until it is sent, and between two times
const CROWD = 30; // with more viewers of a room than this, positions are sent with the heartbeat
let timer, unsent, isCrowded;
let known; // the last seq reported to the server
let sentAt; // by a monotonic clock
let isMarked; // the room was marked as unread since it was opened: then it is not being read

export function begin(read) {
  beginAgain(read);
  [isMarked, isCrowded] = [false, false];
}

export function beginAgain(read) { // what was sent last may have been lost
  [known, sentAt] = [read, -Infinity];
}

export const clearMark = () => { isMarked = false; }; // people who write have read
export const setCrowd = (viewers) => { isCrowded = viewers > CROWD; };

on("chat_membership_changed", ({ room, marked }) => { // here or on another device
  if (!marked || room !== current.room) return;
  clearTimeout(timer);
  [isMarked, timer, unsent] = [true, undefined, undefined];
});

export function update() {
  const { timeline, ready, room, last } = current;
  if (!timeline || !ready || !up || isMarked || !isLooking() || !atBottom()) return;
  markRead(room, last);
  if (last <= known) return;
  unsent = { room, seq: last };
  if (!isCrowded) timer ??= setTimeout(flush, Math.max(DELAY, sentAt + PACE - performance.now()));
}

export function flush() {
  clearTimeout(timer);
  timer = undefined;
  if (unsent && up) sendToServer("read", take());
}

function take() {
  const read = unsent;
  if (read.room === current.room) known = read.seq;
  sentAt = performance.now();
  unsent = undefined;
  return read;
}

on("packet", (packet) => { // Engine.IO is about to send it
  if (packet.type === "pong" && unsent) packet.data = JSON.stringify(take());
});
on("attention", () => {
  if (!isCrowded) flush();
  update();
});
addEventListener("pagehide", flush);
