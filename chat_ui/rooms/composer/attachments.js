// Files to send: they wait beside the composer.
import { actions } from "../../components/actions.js";
import { copyTemplate, find, listen } from "../../components/dom.js";
import { canBeRead, fits, showFile } from "../../messages/media/file_preview.js";
import { enqueue } from "../../messages/outbox.js";
import { on } from "../../realtime/connection.js";
import { warnBeforeLoss } from "../../realtime/leaving.js";
import { current, hint } from "../state.js";

const byRoom = new Map(); // the files that go with what is being written there
const picked = () => byRoom.get(current.room) ?? [];
const tray = () => document.querySelector(".tray");
export const countPicked = () => picked().length;
export const allFit = () => picked().every(fits);

export function pick(chosen, folders = []) {
  if (!find("composer") || !current.timeline) return;
  const { room } = current;
  const most = Number(tray().dataset.most);
  const waiting = [...picked(), ...[...chosen].filter(({ size }) => size)];
  byRoom.set(room, waiting.slice(0, most));
  drawTray();
  complain("folder", folders);
  complain("empty", [...chosen].filter(({ size }) => !size));
  complain("most", waiting.slice(most));
  find("composer").focus();
  for (const file of chosen) leaveOutUnread(file, room);
}
on("voice-note", ({ file, room }) => {
  if (room === current.room && find("composer")) pick([file]);
  else waitIn(room, [file]);
});

async function leaveOutUnread(file, room) { // before one writes a text for it
  if (await canBeRead(file) || !byRoom.get(room)?.includes(file)) return;
  byRoom.set(room, byRoom.get(room).filter((each) => each !== file));
  if (room !== current.room) return;
  drawTray();
  complain("unread", [file]);
}

function complain(word, files) {
  const name = files.map((file) => `\u2068${file.name}\u2069`).join(", "); // each in its own direction
  if (files.length) hint(word, { name, count: Number(tray()?.dataset.most) });
}

on("write-again", ({ file }) => { if (file) pick([file]); });

export function drawTray() {
  const box = tray();
  if (!box) return;
  for (const picture of box.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
  box.replaceChildren(...picked().map((file, index) => {
    const item = copyTemplate("picked-file");
    showFile(item, file);
    item.querySelector("button").dataset.at = index;
    return item;
  }));
  box.hidden = !countPicked();
}

export function sendPicked(text, about) { // each is a message; the text stands below the last
  const files = picked();
  byRoom.delete(current.room);
  drawTray();
  const last = files.length - 1;
  files.forEach((file, index) => enqueue(index === last ? text : "", index ? undefined : about, { file }));
}

function waitIn(room, files) { // until one opens it
  byRoom.set(room, [...byRoom.get(room) ?? [], ...files]);
}

warnBeforeLoss(() => [...byRoom.values()].some(({ length }) => length)); // they are lost with the page

actions.attach = () => find("file").click();
actions["drop-file"] = (button) => {
  byRoom.set(current.room, picked().filter((_file, index) => index !== Number(button.dataset.at)));
  drawTray();
};

// What another app shares goes into the room that is chosen for it: see my_rooms.py.
let shared = [];
const worker = navigator.serviceWorker;
const showShared = (names) => { names.textContent = shared.map(({ name }) => name).join("\n"); };
on("drawn", () => {
  if (!document.querySelector("[data-shared-files]")) shared = []; // one chose to go elsewhere
  const names = document.querySelector("[data-shared-files=new]");
  if (!names) return;
  names.dataset.sharedFiles = "asked"; // what is written there is drawn, too
  if (shared.length) showShared(names);
  else worker?.ready.then(({ active }) => active.postMessage("shared"));
});
worker?.addEventListener("message", ({ data }) => {
  const names = document.querySelector("[data-shared-files]");
  if (!data.shared || !names) return;
  shared = data.shared;
  if (shared.length) showShared(names);
  else names.textContent = names.dataset.wordGone; // the page was loaded again
});
export function putShared(room) {
  waitIn(room, shared);
  shared = [];
}

// The recorder is loaded when a voice note is first recorded.
const recorder = () => import("./voice_note.js");
actions.record = async () => (await recorder()).record();
actions["record-done"] = async () => (await recorder()).finish(true);
actions["record-drop"] = async () => (await recorder()).finish(false);

listen("change", "[data-testid=file]", (field) => {
  pick(field.files);
  field.value = ""; // the same file may be picked again
});
