// Messages on their way: what is typed outlives the connection and the page. A file cannot: it
// waits in this page alone, and uploads.js sends it.
import { actions, copy } from "../components/actions.js";
import { copyTemplate, find, frame } from "../components/dom.js";
import { store } from "../components/storage.js";
import { showTimes } from "../components/times.js";
import { emit, on, sendToServer, up } from "../realtime/connection.js";
import { toBottom } from "../rooms/timeline/scrolling.js";
import { soundReply } from "../rooms/composer/drafts.js";
import { updateSeparators } from "../rooms/timeline/separators.js";
import { current, me } from "../rooms/state.js";
import { showFile } from "./media/file_preview.js";

const ANSWER_WITHIN = 30_000; // milliseconds; the server refuses sooner than this
// All else is this page's alone; "kind", "seq" and "name" are of `about`, as in drafts.js.
// "number", "name" and "address" are of `sticker`; of one that is a GIF, "room" and "seq", too.
const STORED = [
  "id", "room", "text", "at", "reason", "reply", "about", "kind", "seq", "name",
  "sticker", "number", "address",
];
const prefix = () => `chat-waiting:${me()}:`;
const keyOf = (id) => prefix() + id;
const pending = new Map(); // by id: what this page sent and has no answer to
export const pendingInOrder = () => [...pending.values()].sort((a, b) => a.at - b.at);
export const pendingOf = (element) => pending.get(element.closest(".message").dataset.clientId);

function save(sent) {
  pending.set(sent.id, sent);
  if (!sent.file) sent.isStored = store.set(keyOf(sent.id), JSON.stringify(sent, STORED)) || sent.isStored;
}

function load(key) { // what a torn disk or another program has put there is dropped
  const { id, room, text, at, reason, reply, about, sticker } = store.getJson(key) ?? {};
  const isSound = key === keyOf(id) && Number.isInteger(room) && typeof text === "string"
    && typeof at === "number" && !Number.isNaN(new Date(at).getTime());
  if (isSound) {
    const target = { reply: Number.isInteger(reply) ? reply : undefined, about: soundReply(about) };
    return { id, room, text, at, reason, ...target, sticker: soundSticker(sticker), isStored: true };
  }
  store.drop(key);
  return null;
}

function soundSticker({ number, room, seq, name, address } = {}) {
  if (typeof name !== "string" || typeof address !== "string") return undefined;
  if (Number.isInteger(number) && address.startsWith("/stickers/")) return { number, name, address };
  const isGif = Number.isInteger(room) && Number.isInteger(seq) && address.startsWith("/rooms/");
  return isGif ? { room, seq, name, address } : undefined;
}

export function loadPending() {
  for (const key of store.keys(prefix())) {
    const sent = load(key);
    if (sent && !pending.has(sent.id)) pending.set(sent.id, sent);
  }
}

function isGone(sent) { // another tab has had its answer, or has taken it back to edit it
  if (!sent.isStored || store.get(keyOf(sent.id)) !== null) return false;
  pending.delete(sent.id);
  removePending(sent.id);
  return true;
}

addEventListener("storage", ({ key }) => { // another tab changed something; null means everything
  if (key !== null && !key.startsWith(prefix())) return;
  for (const sent of pendingInOrder()) {
    if (!isGone(sent) && key === keyOf(sent.id)) sent.reason = load(key)?.reason;
  }
  drawPending();
});

export function sendPending() {
  if (!up || !current.ready) return;
  const now = performance.now(); // a monotonic clock
  for (const sent of pendingInOrder()) {
    const isAsked = now - (sent.askedAt ?? -Infinity) < ANSWER_WITHIN;
    if (sent.file || isGone(sent) || sent.reason || isAsked) continue;
    sent.askedAt = now;
    const { room, id, text, reply = null, sticker } = sent;
    const gif = sticker?.seq ? [sticker.room, sticker.seq] : null;
    sendToServer("send", { room, id, text, reply, sticker: sticker?.number ?? null, gif });
  }
}

function askAgain() { // an answer may be lost: with the connection, or because a frame is gone
  for (const sent of pending.values()) sent.askedAt = undefined;
}
on("connected", askAgain);
let listener; // the frame that Python listens to; it is another one when the page is drawn again
on("drawn", () => {
  if (listener && frame() !== listener) askAgain();
  listener = frame();
});

// `about` is the message that it replies to, if any.
export function enqueue(text, about, { file, sticker } = {}) {
  // After all that is pending, even if the clock was set back: they are sent in order.
  const at = Math.max(Date.now(), ...pendingInOrder().map((sent) => sent.at + 1));
  save({ id: newId(), room: current.room, text, at, reply: about?.seq, about, file, sticker });
  drawPending();
  emit("show-newest");
  sendPending();
  emit("file-pending");
}

export const newId = () => window.Quasar.uid(); // crypto.randomUUID is missing without HTTPS

// -- in the timeline -------------------------------------------------------------------------------
export function drawPending() {
  const { timeline, room } = current;
  if (!timeline) return;
  for (const sent of pendingInOrder()) {
    if (sent.room !== room) continue;
    const shown = timeline.querySelector(`[data-client-id="${CSS.escape(sent.id)}"]`) ?? draw(sent);
    shown.dataset.state = sent.reason ? "failed" : "sending";
    shown.ariaLabel = sent.reason ? timeline.dataset.wordFailed : timeline.dataset.wordSending;
    shown.querySelector(".reason").textContent = sent.reason ?? "";
    if (sent.file) shown.querySelector("progress").value = sent.part ?? 0;
  }
}

function draw(sent) {
  const message = copyTemplate("waiting-message");
  Object.assign(message.dataset, { clientId: sent.id, author: me() });
  message.querySelector(".message-body").textContent = sent.text;
  message.querySelector("time").dateTime = new Date(sent.at).toISOString();
  if (sent.sticker) showSticker(message, sent.sticker);
  if (sent.file) showFile(message.querySelector(".file"), sent.file);
  else message.querySelector(".file").remove();
  showTimes(message);
  current.timeline.append(message);
  updateSeparators(message);
  return message;
}

function showSticker(message, { name, address }) {
  message.classList.add("stickered");
  const image = Object.assign(new Image(), { className: "sticker", alt: name, src: address });
  message.querySelector(".message-body").before(image);
}

export function removePending(id) {
  const shown = `.message:not([data-seq])[data-client-id="${CSS.escape(id)}"]`;
  current.timeline?.querySelector(shown)?.remove();
}

// -- what becomes of them --------------------------------------------------------------------------
export function markStored(id) {
  pending.delete(id);
  store.drop(keyOf(id));
}

export function discard(id) {
  removePending(id);
  markStored(id);
}

export function markFailed({ id, sentence }) {
  const sent = pending.get(id);
  if (!sent) return;
  sent.reason = sentence;
  save(sent);
  drawPending();
  if (current.timeline && current.atEnd) toBottom(); // the reason made it taller
}
on("chat_send_refused", markFailed);

actions.retry = (button) => {
  const sent = pendingOf(button);
  if (!sent) return;
  // With the same id: should the first have arrived after all, it is not stored twice.
  save(Object.assign(sent, { reason: undefined, askedAt: undefined, part: 0 }));
  drawPending();
  sendPending();
  emit("file-pending");
};
actions["copy-refused"] = (button) => copy(button, pendingOf(button)?.text ?? "");
actions.edit = (button) => {
  const sent = pendingOf(button);
  if (!sent || !find("composer")) return; // there is nowhere to put it
  discard(sent.id);
  emit("write-again", sent);
};
