// One's own messages on their way: what is typed must outlive the connection and the page. A file
// cannot: it waits in this page alone, and uploads.js sends it.
import { putBack } from "../rooms/composer.js";
import { describe, pick } from "../rooms/attachments.js";
import { up } from "../realtime/connection.js";
import { find, tellPage } from "../components/dom.js";
import { store } from "../components/storage.js";
import { me, ready, room, settle, stuck, timeline, toBottom, toNewest } from "../rooms/timeline.js";
import { showTimes } from "../components/times.js";
import { sendNext } from "./uploads.js";

const waitingKey = (id) => `chat-waiting:${me()}:${id}`;
export const waiting = new Map(); // what this page sent and has no answer to, by its id
const ANSWER_WITHIN = 30_000; // milliseconds; the server refuses sooner than this

const inOrder = () => [...waiting.values()].sort((a, b) => a.at - b.at);

function keep(sent) { // without `asked`: it means nothing to another page
  waiting.set(sent.id, sent);
  if (sent.file) return;
  const text = JSON.stringify(sent, ["id", "room", "text", "at", "reason", "reply"]);
  sent.kept = store.set(waitingKey(sent.id), text) || sent.kept;
}

function load(key) { // what a torn disk or somebody else has put there is dropped
  try {
    const { id, room, text, at, reason, reply } = JSON.parse(store.get(key));
    if (key === waitingKey(id) && Number.isInteger(room) && typeof text === "string"
      && typeof at === "number" && new Date(at).toISOString()) return { id, room, text, at, reason, reply: Number.isInteger(reply) ? reply : undefined, kept: true };
  } catch { /* as below */ }
  store.drop(key);
  return null;
}

export function loadWaiting() {
  for (const key of store.keys(`chat-waiting:${me()}:`)) {
    const sent = load(key);
    if (sent && !waiting.has(sent.id)) waiting.set(sent.id, sent);
  }
}

function goneElsewhere(sent) { // another tab has had its answer, or taken it back to edit it
  if (!sent.kept || store.get(waitingKey(sent.id)) !== null) return false;
  waiting.delete(sent.id);
  undraw(sent.id);
  return true;
}

addEventListener("storage", ({ key }) => { // another tab changed something; null means everything
  if (key !== null && !key.startsWith(`chat-waiting:${me()}:`)) return;
  for (const sent of inOrder()) {
    if (!goneElsewhere(sent) && key === waitingKey(sent.id)) sent.reason = load(key)?.reason;
  }
  drawWaiting();
});

export function sendWaiting() {
  if (!up || !ready) return;
  const now = performance.now(); // a clock that nobody puts back
  for (const sent of inOrder()) {
    if (sent.file || goneElsewhere(sent) || sent.reason || now - (sent.asked ?? -Infinity) < ANSWER_WITHIN) continue;
    sent.asked = now;
    tellPage("send", { room: sent.room, id: sent.id, text: sent.text, reply: sent.reply ?? null });
  }
}

export function stored(id) {
  waiting.delete(id);
  store.drop(waitingKey(id));
}

function newId() { // crypto.randomUUID is missing where there is no HTTPS
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function drawWaiting() {
  if (!timeline) return; // the answer came after something else was opened
  for (const sent of inOrder()) {
    if (sent.room !== room) continue;
    let shown = timeline.querySelector(`[data-client-id="${CSS.escape(sent.id)}"]`);
    if (!shown) {
      shown = document.getElementById("waiting-message").content.firstElementChild.cloneNode(true);
      shown.dataset.clientId = sent.id;
      shown.dataset.author = me();
      shown.querySelector(".message-body").textContent = sent.text;
      shown.querySelector("time").dateTime = new Date(sent.at).toISOString();
      if (sent.file) describe(shown.querySelector(".file"), sent.file);
      else shown.querySelector(".file").remove();
      showTimes(shown);
      timeline.append(shown);
      settle(shown);
    }
    shown.dataset.state = sent.reason ? "failed" : "sending";
    shown.querySelector(".reason").textContent = sent.reason ?? "";
    if (sent.file) shown.querySelector("progress").value = sent.part ?? 0;
  }
  timeline.toggleAttribute("data-empty", !timeline.querySelector(".message"));
}

export function undraw(id) {
  timeline?.querySelector(`.message:not([data-seq])[data-client-id="${CSS.escape(id)}"]`)?.remove();
}

export function say(text, reply, file) {
  // Later than all that waits, also when the clock was put back meanwhile: it is sent in order.
  const at = Math.max(Date.now(), ...inOrder().map((sent) => sent.at + 1));
  keep({ id: newId(), room, text, at, reply, file });
  drawWaiting();
  toNewest();
  sendWaiting();
  sendNext();
}

export function forget(id) { // it is not to be sent after all
  undraw(id);
  stored(id);
}

export function failed({ id, sentence }) {
  const sent = waiting.get(id);
  if (!sent) return;
  sent.reason = sentence;
  keep(sent);
  drawWaiting();
  if (timeline && stuck) toBottom(); // the reason made it taller
}

export function again(id, edit) {
  const sent = waiting.get(id);
  if (!sent || (edit && !find("composer"))) return; // nowhere to put it: it stays where it is
  forget(id);
  if (edit) {
    putBack(sent.text);
    if (sent.file) pick([sent.file]);
  } else {
    // The same id: should the first have arrived after all, it is not stored twice.
    keep({ ...sent, reason: undefined, asked: undefined, part: 0 });
    drawWaiting();
    sendWaiting();
    sendNext();
  }
}
