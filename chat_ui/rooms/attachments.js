// Files: picked, dropped or pasted they wait beside the composer, and are sent with what is written.
import { say } from "../messages/outbox.js";
import { find } from "../components/dom.js";
import { room, timeline } from "./timeline.js";

const byRoom = new Map(); // the files that are to be sent with what is being written
const here = () => byRoom.get(room) ?? [];
const limit = () => Number(tray()?.dataset.limit ?? Infinity);
export const picked = () => here().length;
export const allFit = () => here().every((file) => file.size <= limit());
const tray = () => document.querySelector(".tray");
const isPicture = (file) => /^image\/(jpeg|png|gif|webp)$/.test(file.type);

export function pick(files) {
  if (!find("composer") || !timeline) return;
  byRoom.set(room, [...here(), ...files].slice(0, Number(tray().dataset.most)));
  drawTray();
  find("composer").focus();
}

export function drawTray() { // as it stands for the room that is open
  const box = tray();
  if (!box) return;
  for (const shown of box.querySelectorAll("img")) URL.revokeObjectURL(shown.src);
  box.replaceChildren(...here().map((file, at) => {
    const item = document.getElementById("picked-file").content.firstElementChild.cloneNode(true);
    describe(item, file);
    item.querySelector("button").dataset.at = at;
    return item;
  }));
  box.hidden = !here().length;
}

export function describe(item, file) { // its name, its size, what it looks like, why it will not do
  item.querySelector(".file-name").textContent = file.name;
  item.querySelector(".file-facts").textContent = file.size > limit() ? tray().dataset.wordLarge : sizeWords(file.size);
  item.classList.toggle("over", file.size > limit());
  if (isPicture(file) && !item.querySelector("img")) {
    const picture = Object.assign(new Image(), { alt: "", src: URL.createObjectURL(file) });
    item.querySelector(".q-icon").replaceWith(picture);
  }
}

function sizeWords(size) { // as services/sizes.py says them
  let at = 0;
  const units = ["B", "kB", "MB", "GB", "TB"];
  for (; size >= 999.5 && at < units.length - 1; at++) size /= 1000;
  return `${size < 9.95 && at ? size.toFixed(1) : Math.round(size)} ${units[at]}`;
}

export function sendPicked(text, reply) { // each is a message; what is written goes with the first
  const files = here();
  byRoom.delete(room);
  drawTray();
  files.forEach((file, at) => say(at ? "" : text, at ? undefined : reply, file));
}

export function drop(button) { // one of them is not to be sent after all
  byRoom.set(room, here().filter((_file, at) => at !== Number(button.dataset.at)));
  drawTray();
}

document.addEventListener("change", (event) => {
  if (event.target.dataset?.testid !== "file") return;
  pick(event.target.files);
  event.target.value = ""; // the same one may be picked again
});
document.addEventListener("paste", (event) => {
  if (event.target.dataset?.testid !== "composer" || !event.clipboardData.files.length) return;
  event.preventDefault();
  pick(event.clipboardData.files);
});

// Dropping: the whole conversation takes files, and says so while one is held over it.
const holdsFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");
const target = () => find("composer") && document.querySelector(".view");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault(); // else the browser opens the file in the place of the chat
    target()?.classList.add("dropping");
  });
}
for (const kind of ["dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (kind === "drop" || !event.relatedTarget) target()?.classList.remove("dropping");
    if (kind === "drop") pick(event.dataTransfer.files);
  });
}
