// Where one types: keys, height, drafts and what is left.
import { allFit, drawTray, picked, sendPicked } from "./attachments.js";
import { up } from "../realtime/connection.js";
import { say } from "../messages/outbox.js";
import { find, tellPage } from "../components/dom.js";
import { store } from "../components/storage.js";
import { me, room, standUnread, timeline } from "./timeline.js";

let aim = null; // what is written for, see the end
const draftKey = () => `chat-draft:${me()}:${room}`;
export const size = (text) => [...text].length; // counted as Python does, in code points
const hint = () => document.querySelector(".composer .hint");

export function typed(box) {
  if (aim?.kind !== "edit") store[box.value ? "set" : "drop"](draftKey(), box.value);
  box.style.height = box.value ? "auto" : ""; // how high an empty one is, the stylesheet knows
  if (box.value) box.style.height = `${Math.min(box.scrollHeight + 2, 200)}px`;
  const left = Number(box.dataset.limit) - size(box.value.trim());
  hint().classList.toggle("over", left < 0);
  hint().textContent = left < 0 ? hint().dataset.wordOver.replace("{count}", -left)
    : left < 200 ? hint().dataset.wordLeft.replace("{count}", left) : "";
}

export function submit(box) {
  if (box.readOnly) return; // an answer is waited for
  const text = box.value.trim();
  const files = aim?.kind === "edit" ? 0 : picked();
  if (!text && !files) { hint().textContent = box.value ? hint().dataset.wordBlank : ""; return; }
  if (size(text) > Number(box.dataset.limit)) return;
  if (aim?.kind === "edit") { saveEdit(box, text); return; }
  if (files && !allFit()) return; // beside them it says why
  const reply = aim?.seq;
  aimAt(null);
  box.value = "";
  typed(box);
  standUnread(false);
  if (files) sendPicked(text, reply);
  else say(text, reply);
}

document.addEventListener("keydown", (event) => {
  if (event.target.dataset?.testid !== "composer") return;
  if (event.key === "Escape" && aim && !event.isComposing) { aimAt(null); return; }
  // 229 is what Safari says of the Enter that ends a composition.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.dataset?.testid === "composer") typed(event.target);
});

let drawn; // the composer that is known; there is none where one may not write

export function takeUp(focus = true) { // a draft, where it was left
  const box = drawn = find("composer");
  aim = null; // what was answered or edited stood in another room
  if (!box) return;
  box.value = store.get(draftKey()) ?? "";
  typed(box);
  drawTray();
  if (focus && matchMedia("(hover: hover)").matches) box.focus();
}

export function follow() { // it goes and comes back while the room stays, as its owner decides
  if (timeline && find("composer") !== drawn) takeUp(false);
}

export function putBack(text) {
  const box = find("composer");
  box.value = box.value ? `${text}\n${box.value}` : text;
  typed(box);
  box.focus();
}

// -- what is written for: a new message, an answer to one, or another text for one's own ----------
// `aim` is { kind: "reply" or "edit", seq, text, before: the draft that an edit put aside }; of an
// edit whose text the server has not sent yet, `text` is missing

export function aimAt(next) {
  const box = find("composer");
  if (!box) return;
  box.readOnly = false;
  if (aim?.kind === "edit") box.value = aim.before;
  if (next?.kind === "edit") next.before = box.value;
  aim = next;
  const bar = document.querySelector(".composing");
  bar.hidden = !next;
  if (next) {
    bar.dataset.aim = next.kind;
    bar.querySelector(".what").textContent = bar.dataset[next.kind === "edit" ? "wordEdit" : "wordReply"].replace("{name}", next.name ?? "");
    bar.querySelector(".text").textContent = next.text ?? "";
  }
  typed(box);
  if (next) box.focus();
}

export function edit(seq) { // the server has what was typed; nothing is written until it hands that out
  if (!up || !find("composer")) return;
  aimAt({ kind: "edit", seq });
  find("composer").readOnly = true;
  tellPage("act", { action: "edit", room, seq });
}

export function startEditing({ room: where, seq, text }) {
  if (where !== room || aim?.kind !== "edit" || aim.seq !== seq || isHere(aim)) return;
  const box = find("composer");
  [aim.text, box.value, box.readOnly] = [text, text, false];
  typed(box);
  box.focus();
}
const isHere = ({ text }) => text !== undefined;

function saveEdit(box, text) { // it stays in the box until the server has it
  if (!up) { hint().textContent = hint().dataset.wordOffline; return; }
  box.readOnly = true;
  tellPage("edit", { room, seq: aim.seq, text });
}

export function edited({ seq, stored }) {
  if (aim?.kind !== "edit" || aim.seq !== seq) return;
  if (stored) aimAt(null);
  else giveBack();
}

export function giveBack() { // there is no answer, it may be lost with the line: try again
  if (aim?.kind !== "edit") return;
  if (isHere(aim)) find("composer").readOnly = false;
  else aimAt(null);
}
