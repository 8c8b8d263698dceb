// The composer: keys, height, and what is begun: a message, a reply, or an edit, kept in drafts.js.
import { actions } from "../../components/actions.js";
import { write } from "../../components/forms/autocomplete.js";
import { find, format, isComposing, isPlainClick, listen } from "../../components/dom.js";
import { pickEmoji } from "../../components/emoji/emoji.js";
import { enqueue } from "../../messages/outbox.js";
import { emit, on, sendToServer, up } from "../../realtime/connection.js";
import { allFit, countPicked, drawTray, putShared, sendPicked } from "./attachments.js";
import { addToDraft, draftKey, dropEdit, keepDraft, keepEdit, readDraft, readEdit } from "./drafts.js";
import { hideUnread } from "../timeline/separators.js";
import { current, hint, messageAt } from "../state.js";

const FEW = 200; // characters left, from which on they are counted on the screen
// What is written is about: as in drafts.js, and `isComing` while the text to edit is not there.
let aim = null;
let filled; // the room into whose draft something was put from elsewhere: it is shown before an edit
let known; // the composer that shows what is begun; there is none where one may not write

// Their keyboard has no Shift+Enter, so Enter is a new line; a tablet with keyboard and trackpad sends by it.
const hasFingersOnly = () =>
  matchMedia("(pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches;
const COMPOSER = "[data-testid=composer]";
const charactersLeft = (box) => Number(box.dataset.limit) - [...box.value.trim()].length; // as Python counts

// -- what is begun --------------------------------------------------------------------------------
function show(begun) {
  const box = find("composer");
  aim = begun.aim;
  box.readOnly = Boolean(aim?.isComing);
  box.value = begun.text;
  drawAim();
  draw(box);
}
const resume = () => show(readEdit(current.room) ?? readDraft(current.room));

function keep(box) {
  if (aim?.kind !== "edit") keepDraft(current.room, { text: box.value, aim });
  else if (!aim.isComing) keepEdit(current.room, aim.seq, box.value);
}

function draw(box) {
  box.parentElement.dataset.text = box.value; // the stylesheet makes it as high as that is
  const left = charactersLeft(box);
  hint(left < 0 ? "over" : left < FEW ? "left" : "", { count: Math.abs(left) });
  emit("written", box);
}

function drawAim() {
  const bar = document.querySelector(".composing");
  bar.hidden = !aim;
  if (!aim) return;
  bar.dataset.aim = aim.kind;
  const words = aim.kind === "edit" ? bar.dataset.wordEdit : bar.dataset.wordReply;
  bar.querySelector(".what").textContent = format(words, { name: aim.name });
  bar.querySelector(".text").textContent = aim.text ?? "";
}

function restore(focus) {
  const box = known = find("composer");
  aim = null; // what it was about is in another room
  if (!box) return;
  if (filled === current.room) show(readDraft(current.room));
  else resume();
  filled = undefined;
  checkAim();
  drawTray();
  if (focus && matchMedia("(hover: hover)").matches) box.focus();
}
on("room-opened", () => restore(true));
on("drawn", () => { // whether there is a composer depends on the right to write
  const isOpen = current.timeline && current.timeline === find("timeline");
  if (isOpen && find("composer") !== known) restore(false);
});

addEventListener("storage", ({ key }) => { // another tab writes, or has sent it
  const box = find("composer");
  if (!box || box !== known || key !== draftKey(current.room)) return;
  if (!box.readOnly && aim?.kind !== "edit") show(readDraft(current.room));
});

function checkAim() { // only when one comes back: while one types, a key could send what has lost its aim
  const isShown = known && known === find("composer");
  if (!isShown || !aim || !messageAt(aim.seq)?.matches(".deleted")) return;
  if (aim.kind === "edit") giveUpEdit(current.room, aim.seq);
  else keepDraft(current.room, { text: known.value });
  resume();
  hint("gone");
}
on("shown", ({ how }) => { if (how === "start") checkAim(); });

function giveUpEdit(room, seq) { // what was typed stays, as a draft; returns whether there is any
  const begun = readEdit(room, seq);
  dropEdit(room, seq);
  if (begun) addToDraft(room, { above: begun.text });
  return Boolean(begun);
}

function cancel() {
  if (aim?.kind === "edit") dropEdit(current.room, aim.seq);
  else keepDraft(current.room, { text: find("composer").value });
  resume();
}
actions["compose-new"] = cancel;

export function reply(message) { // an edit waits until it is sent
  const box = find("composer");
  if (!box) return;
  if (aim?.kind === "edit") show(readDraft(current.room));
  aim = { kind: "reply", ...message };
  drawAim();
  keep(box);
  draw(box);
  box.focus();
}

// -- sending --------------------------------------------------------------------------------------
function submit(box) {
  if (box.readOnly) return; // an answer is on its way
  const text = box.value.trim();
  const isEdit = aim?.kind === "edit";
  const files = isEdit ? 0 : countPicked();
  if (!text && !files) hint(box.value ? "blank" : "");
  else if (charactersLeft(box) < 0) return;
  else if (isEdit) saveEdit(box, text);
  else if (!files || allFit()) send(text, files);
}

function send(text, files) {
  const about = aim;
  keepDraft(current.room, { text: "" });
  resume();
  hideUnread();
  if (files) sendPicked(text, about);
  else enqueue(text, about);
}

function sendSticker(sticker) { // in reply, if one is begun; what is written stays
  const about = aim?.kind === "reply" ? aim : undefined;
  if (about) {
    keepDraft(current.room, { text: find("composer").value });
    resume();
  }
  hideUnread();
  enqueue("", about, { sticker });
  if (!hasFingersOnly()) find("composer").focus();
}
actions.emoji = (button) => pickEmoji(button, (sign) => write(find("composer"), sign), sendSticker);

listen("keydown", COMPOSER, (box, event) => {
  if (isComposing(event)) return;
  if (event.key === "Escape" && aim) cancel();
  if (event.key !== "Enter" || event.shiftKey || hasFingersOnly()) return;
  event.preventDefault();
  submit(box);
});
listen("input", COMPOSER, (box) => {
  keep(box);
  draw(box);
});
listen("submit", "[data-composer]", (_form, event) => {
  event.preventDefault();
  submit(find("composer"));
});

on("write-again", ({ text, about }) => putBack({ room: current.room, text, reply: about }));

// -- sending later: what is written stays until it is stored (send_later.js) -------------
export function written() { // null if it cannot be sent later
  const box = find("composer");
  if (!box || box.readOnly || aim?.kind === "edit" || charactersLeft(box) < 0) return null;
  const text = box.value.trim();
  const why = !up ? "lost" : countPicked() ? "files" : text ? "" : "blank";
  if (why) hint(why);
  return why ? null : { text, reply: aim?.seq };
}

export function lock(isLocked) {
  const box = find("composer");
  if (box) box.readOnly = isLocked;
}

export function clearWritten({ room, text }) { // unless there is something else by now
  if (readDraft(room).text.trim() === text) keepDraft(room, { text: "" });
  if (find("composer") && room === current.room && aim?.kind !== "edit") resume();
}

export function putBack({ room, writer, text, reply: about }) { // returns whether it is kept
  const isKept = addToDraft(room, { above: text, aim: about && { kind: "reply", ...about } }, writer);
  if (!find("composer") || room !== current.room) {
    filled = room;
    return isKept;
  }
  show(readDraft(room)); // an edit waits until it is sent
  find("composer").focus();
  return true;
}

// -- edits: locked until the server has sent the original text -----------------------------------
export function edit(seq) {
  if (!up || !find("composer")) return;
  const { room } = current;
  const begun = readEdit(room, seq);
  if (begun) keepEdit(room, seq, begun.text); // as the last
  show(begun ?? { text: find("composer").value, aim: { kind: "edit", seq, isComing: true } });
  find("composer").focus();
  if (!begun) sendToServer("message_action", { action: "edit", room, seq });
}

const isEditing = (room, seq) => room === current.room && aim?.kind === "edit" && aim.seq === seq;

on("chat_edit_text", ({ room, seq, text }) => {
  if (!isEditing(room, seq) || !aim.isComing) return;
  keepEdit(room, seq, text);
  resume();
  find("composer").focus();
});

function saveEdit(box, text) { // it stays in the box until it is stored
  if (!up) { hint("offline"); return; }
  box.readOnly = true;
  sendToServer("edit", { room: current.room, seq: aim.seq, text });
}

on("chat_edit_result", ({ room, seq, stored, gone }) => { // also of a room that was left
  if (stored) dropEdit(room, seq);
  const isKept = gone && giveUpEdit(room, seq);
  if (!isEditing(room, seq) || !find("composer")) return;
  if (stored || gone) resume();
  else unlock();
  if (isKept) hint("gone");
});
on("connected", () => { if (aim?.kind === "edit") unlock(); }); // the answer may be lost

function unlock() {
  if (aim.isComing) resume();
  else lock(false);
}

// What another app shares goes into the draft of the room that is chosen for it.
listen("click", "[data-testid=my-rooms] [data-room-id]", (entry, event) => {
  const { shared, writer } = document.querySelector("[data-shared]")?.dataset ?? {};
  if (!writer) return;
  const room = Number(entry.dataset.roomId);
  if (shared) addToDraft(room, { below: shared }, writer);
  if (!isPlainClick(event)) return; // another tab has no files
  filled = room;
  putShared(room);
}, true);
