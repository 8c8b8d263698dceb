// Where one types: keys, height, drafts and what is left.
import { say } from "./outbox.js";
import { find } from "./page.js";
import { store } from "./store.js";
import { me, room, standUnread } from "./timeline.js";

const draftKey = () => `chat-draft:${me()}:${room}`;
export const size = (text) => [...text].length; // counted as Python does, in code points
const hint = () => document.querySelector(".composer .hint");

export function typed(box) {
  store[box.value ? "set" : "drop"](draftKey(), box.value);
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 200)}px`;
  const left = Number(box.dataset.limit) - size(box.value.trim());
  hint().classList.toggle("over", left < 0);
  hint().textContent = left < 0 ? hint().dataset.wordOver.replace("{count}", -left)
    : left < 200 ? hint().dataset.wordLeft.replace("{count}", left) : "";
}

export function submit(box) {
  const text = box.value.trim();
  if (!text) { hint().textContent = box.value ? hint().dataset.wordBlank : ""; return; }
  if (size(text) > Number(box.dataset.limit)) return;
  box.value = "";
  typed(box);
  standUnread(false);
  say(text);
}

document.addEventListener("keydown", (event) => {
  if (event.target.dataset?.testid !== "composer") return;
  // 229 is what Safari says of the Enter that ends a composition.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit(event.target);
});
document.addEventListener("input", (event) => {
  if (event.target.dataset?.testid === "composer") typed(event.target);
});

export function takeUp() { // a draft, where it was left
  const box = find("composer");
  if (!box) return;
  box.value = store.get(draftKey()) ?? "";
  typed(box);
  if (matchMedia("(hover: hover)").matches) box.focus();
}

export function putBack(text) {
  const box = find("composer");
  box.value = box.value ? `${text}\n${box.value}` : text;
  typed(box);
  box.focus();
}
