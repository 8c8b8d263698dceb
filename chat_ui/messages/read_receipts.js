// How far one's own messages have come. Positions are enough: what is below them is read.
import { myId } from "../rooms/sidebar.js";
import { messages, room, seqOf, timeline, whenDressed } from "../rooms/timeline.js";

// Of which room: up to which seq all others have read, and until when they have got all. It may
// come a moment before the room is drawn.
let known;

export function receipts({ room: where, read, away, now }) {
  const others = ([who]) => who !== myId();
  const last = read.find(others); // nobody else shows how far they are: then nothing is known
  known = last && { room: where, seq: last[1], until: away.find(others)?.[1] ?? now };
  if (!timeline || where !== room) return;
  for (const message of messages()) receipt(message);
}
whenDressed(receipt);

function receipt(message) {
  if (!message.dataset.state) return; // somebody else's
  const state = stateOf(message);
  if ((message.dataset.receipt ?? "") === state) return;
  if (state) {
    message.dataset.receipt = state;
    message.setAttribute("aria-description", timeline.dataset[state === "read" ? "wordRead" : "wordDelivered"]);
  } else {
    delete message.dataset.receipt;
    message.removeAttribute("aria-description");
  }
}

function stateOf(message) {
  if (known?.room !== room) return "";
  if (seqOf(message) <= known.seq) return "read";
  return new Date(message.querySelector("time").dateTime).getTime() <= known.until ? "delivered" : "";
}
