// The room that is open, as several modules need it. Only timeline.js and scrolling.js write here.
import { format, frame } from "../components/dom.js";

export const current = {
  timeline: null, // its element
  room: undefined,
  ready: false, // whether all its first messages are shown
  first: 0, // the seq of the first and of the last message that are shown
  last: 0,
  detached: false, // whether newer messages follow below that are not shown
  atEnd: true, // whether the reader is at the bottom, and stays there when something grows
};

let username; // not every view has a timeline
export const me = () => (username = current.timeline?.dataset.me ?? username);
export const myId = () => Number(frame()?.dataset.meId);
const isIn = (id, ids = "") => ids.split(" ").includes(String(id));
export const isBlocked = (id) => isIn(id, frame()?.dataset.blocked);
// Whether this reader is among those who reacted or voted so.
export const isMine = ({ dataset }) => isIn(myId(), dataset.by);
// Whether a mention is of this reader: of everybody (0), or of them by name.
export const isMe = (userId) => userId === 0 || userId === myId();

// Says something below the composer, if one may write here: what, by its name, is Python's.
export function hint(says, values = {}) {
  const place = document.querySelector(".composer .hint");
  if (!place) return;
  place.dataset.says = says;
  place.textContent = format(place.getAttribute(`data-word-${says}`) ?? "", values);
}
export const messages = () => current.timeline.querySelectorAll(".message[data-seq]");
export const seqOf = (message) => Number(message.dataset.seq);
export const messageAt = (seq) => current.timeline?.querySelector(`.message[data-seq="${Number(seq)}"]`);
export const isOwn = (message) => message.dataset.author === me();

// Whether it counts as unread, once it is: not if it is deleted, folded away, or never shown.
export const counts = (message) =>
  !isOwn(message) && !message.matches(".deleted, .silent") && !isBlocked(message.dataset.authorId);

// What is read of it, as services/messages/rendering/facts.py has it: a formula is its source.
export function textOf(message) {
  let body = message.querySelector(".message-body");
  if (body.querySelector("math")) {
    body = body.cloneNode(true);
    for (const formula of body.querySelectorAll("math")) formula.replaceWith(formula.getAttribute("alttext"));
  }
  return body.textContent.trim();
}
// Its text, or else the name of its file.
export const summaryOf = (message) => textOf(message) || (message.querySelector(".file")?.dataset.name ?? "");
