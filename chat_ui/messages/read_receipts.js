// Receipts of the reader's own messages, derived from the read positions of others.
import { on } from "../realtime/connection.js";
import { current, messages, myId, seqOf } from "../rooms/state.js";

// In which room, up to which seq all others have read, and until when all have received. It may
// come a moment before the room is drawn.
let known;

on("chat_receipts", ({ room, read, offline, now }) => {
  const isOther = ([userId]) => userId !== myId();
  const last = read.find(isOther); // without one, nobody else shows how far they have read
  known = last && { room, seq: last[1], until: offline.find(isOther)?.[1] ?? now };
  if (current.timeline && room === current.room) messages().forEach(show);
});
on("decorate", show);

function show(message) { // what that says is in the CSS of bubble.py
  if (message.dataset.state) message.dataset.receipt = receiptOf(message); // else it is somebody else's
}

function receiptOf(message) {
  if (known?.room !== current.room) return "";
  if (seqOf(message) <= known.seq) return "read";
  return Date.parse(message.querySelector("time").dateTime) <= known.until ? "delivered" : "";
}
