// The composer: keys, height, drafts, and what is written: a message, a reply, or an edit.
import { actions } from "../components/actions.js";
import { find, format, isComposing, isPlainClick } from "../components/dom.js";
import { store } from "../components/storage.js";
import { enqueue } from "../messages/outbox.js";
import { emit, on, sendToServer, up } from "../realtime/connection.js";
import { allFit, countPicked, drawTray, putShared, sendPicked } from "./attachments.js";
import { hideUnread } from "./separators.js";
import { current, me } from "./state.js";

const FEW = 200; // characters left, from which on they are counted on the screen
// Set while not writing a new message: { kind: "reply" or "edit", seq, name, text, draft }.
// `draft` is what an edit put aside; `text` is missing while the text to edit is still coming.
let target = null;
let coming; // what the draft of another room replies to
let known; // the composer that has its draft; there is none where one may not write

// Their keyboard has no Shift+Enter, so Enter is a new line; a tablet with keyboard and trackpad sends by it.
const hasFingersOnly = () =>
  matchMedia("(pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches;
const isComposer = (element) => element.dataset?.testid === "composer";
const draftKey = (room = current.room, writer = me()) => `chat-draft:${writer}:${room}`;
const hint = () => document.querySelector(".composer .hint");
const charactersLeft = (box) => Number(box.dataset.limit) - [...box.value.trim()].length; // as Python counts

function setText(box, text) {
  box.value = text;
  update(box);
}

function update(box) {
  if (target?.kind !== "edit") store[box.value ? "set" : "drop"](draftKey(), box.value);
  box.parentElement.dataset.text = box.value; // the stylesheet makes it as high as that is
  const left = charactersLeft(box);
  const { wordOver, wordLeft } = hint().dataset;
  hint().classList.toggle("over", left < 0);
  hint().textContent = left < 0 ? format(wordOver, { count: -left })
    : left < FEW ? format(wordLeft, { count: left }) : "";
  emit("written", box);
}

function submit(box) {
  if (box.readOnly) return; // an answer is on its way
  const text = box.value.trim();
  const isEdit = target?.kind === "edit";
  const files = isEdit ? 0 : countPicked();
  if (!text && !files) hint().textContent = box.value ? hint().dataset.wordBlank : "";
  else if (charactersLeft(box) < 0) return;
  else if (isEdit) saveEdit(box, text);
  else if (!files || allFit()) send(box, text, files);
}

function send(box, text, files) {
  const reply = target?.seq;
  setTarget(null);
  setText(box, "");
  hideUnread();
  if (files) sendPicked(text, reply);
  else enqueue(text, reply);
}

document.addEventListener("keydown", (event) => {
  if (!isComposer(event.target) || isComposing(event)) return;
  if (event.key === "Escape" && target) setTarget(null);
  if (event.key !== "Enter" || event.shiftKey || hasFingersOnly()) return;
  event.preventDefault();
  submit(event.target);
});
document.addEventListener("input", (event) => { if (isComposer(event.target)) update(event.target); });
document.addEventListener("mousedown", (event) => { // it would take the focus, and close a phone's keyboard
  if (event.target.closest(".send")) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  if (!("composer" in event.target.dataset)) return;
  event.preventDefault();
  submit(find("composer"));
});

function restoreDraft(focus) {
  const box = known = find("composer");
  target = null; // what it was about is in another room
  if (!box) return;
  setText(box, store.get(draftKey()) ?? "");
  if (coming?.room === current.room) {
    if (coming.reply) setTarget({ kind: "reply", ...coming.reply });
    coming = undefined;
  }
  drawTray();
  if (focus && matchMedia("(hover: hover)").matches) box.focus();
}
on("room-opened", () => restoreDraft(true));
on("drawn", () => { // whether there is a composer depends on the right to write
  const isOpen = current.timeline && current.timeline === find("timeline");
  if (isOpen && find("composer") !== known) restoreDraft(false);
});

on("write-again", ({ text }) => {
  const box = find("composer");
  setText(box, box.value ? `${text}\n${box.value}` : text);
  box.focus();
});

export function setTarget(next) {
  const box = find("composer");
  if (!box) return;
  box.readOnly = false;
  if (target?.kind === "edit") box.value = target.draft;
  if (next?.kind === "edit") next.draft = box.value;
  target = next;
  const bar = document.querySelector(".composing");
  bar.hidden = !next;
  if (next) {
    bar.dataset.aim = next.kind;
    const words = next.kind === "edit" ? bar.dataset.wordEdit : bar.dataset.wordReply;
    bar.querySelector(".what").textContent = format(words, { name: next.name });
    bar.querySelector(".text").textContent = next.text ?? "";
    box.focus();
  }
  update(box);
}
actions["compose-new"] = () => setTarget(null);

// -- sending later: what is written stays until it is stored (messages/send_later.js) -------------
export function written() { // null if it cannot be sent later
  const box = find("composer");
  if (!box || box.readOnly || target?.kind === "edit" || charactersLeft(box) < 0) return null;
  const text = box.value.trim();
  const why = !up ? "wordLost" : countPicked() ? "wordFiles" : text ? "" : "wordBlank";
  if (why) hint().textContent = hint().dataset[why];
  return why ? null : { text, reply: target?.seq };
}

export function lock(isLocked) {
  const box = find("composer");
  if (box) box.readOnly = isLocked;
}

export function clearWritten({ room, text }) { // unless there is something else by now
  const box = find("composer");
  if (!box || room !== current.room) {
    if (store.get(draftKey(room))?.trim() === text) store.drop(draftKey(room));
    return;
  }
  box.readOnly = false;
  if (box.value.trim() !== text) return;
  setTarget(null);
  setText(box, "");
}

export function putBack({ room, writer, text, reply }) { // returns whether it is kept
  const box = find("composer");
  if (box && room === current.room) {
    if (target?.kind === "edit") setTarget(null);
    setText(box, [text, box.value].filter(Boolean).join("\n"));
    if (reply) setTarget({ kind: "reply", ...reply });
    box.focus();
    return true;
  }
  const key = draftKey(room, writer);
  coming = { room, reply };
  return Boolean(store.set(key, [text, store.get(key)].filter(Boolean).join("\n")));
}

// -- edits: locked until the server has sent the original text -----------------------------------
export function edit(seq) {
  if (!up || !find("composer")) return;
  setTarget({ kind: "edit", seq });
  find("composer").readOnly = true;
  sendToServer("message_action", { action: "edit", room: current.room, seq });
}

const isEditing = (seq) => target?.kind === "edit" && target.seq === seq;
const hasCome = () => target.text !== undefined;

on("chat_edit_text", ({ room, seq, text }) => {
  if (room !== current.room || !isEditing(seq) || hasCome()) return;
  const box = find("composer");
  target.text = text;
  box.readOnly = false;
  setText(box, text);
  box.focus();
});

function saveEdit(box, text) { // it stays in the box until it is stored
  if (!up) { hint().textContent = hint().dataset.wordOffline; return; }
  box.readOnly = true;
  sendToServer("edit", { room: current.room, seq: target.seq, text });
}

on("chat_edit_result", ({ seq, stored }) => {
  if (!isEditing(seq)) return;
  if (stored) setTarget(null);
  else unlock();
});
on("connected", () => { if (target?.kind === "edit") unlock(); }); // the answer may be lost

function unlock() {
  if (hasCome()) find("composer").readOnly = false;
  else setTarget(null);
}

// What another app shares goes into the draft of the room that is chosen for it.
document.addEventListener("click", (event) => {
  const { shared, writer } = document.querySelector("[data-shared]")?.dataset ?? {};
  const entry = writer && event.target.closest("[data-testid=my-rooms] [data-room-id]");
  if (!entry) return;
  if (isPlainClick(event)) putShared(Number(entry.dataset.roomId)); // another tab has no files
  if (!shared) return;
  const key = draftKey(entry.dataset.roomId, writer);
  store.set(key, [store.get(key), shared].filter(Boolean).join("\n"));
}, true);
