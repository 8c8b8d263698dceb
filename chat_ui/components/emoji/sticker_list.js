// The stickers in the picker: Python draws those that one may send (messages/stickers.py); which were
// used last is kept here.
import { noteUse, recent } from "./emoji_list.js";

const RECENT = "chat-stickers";
const about = ({ title, dataset }) => `${title} ${dataset.words ?? ""}`.toLowerCase();
const buttons = (list) => [...list.querySelectorAll("section:not([data-part]) [data-sticker]")];

export async function loadStickers(list) { // each time: they may have changed on another device
  try {
    const answer = await fetch("/stickers/offered");
    if (!answer.ok || answer.redirected) throw new Error(`the stickers: ${answer.status}`);
    list.innerHTML = await answer.text();
  } catch {
    if (!list.firstElementChild) list.textContent = list.dataset.wordLost;
    return;
  }
  const named = (number) => buttons(list).find(({ dataset }) => dataset.sticker === number);
  const used = recent(RECENT).map(named).filter(Boolean).map((button) => button.cloneNode(true));
  list.querySelector("[data-part=recent] .picker-grid").replaceChildren(...used);
}

// By what a name has in it, or the words beside it; of those used last, none twice.
export function searchStickers(list, text) {
  const wanted = text.normalize("NFC").toLowerCase();
  for (const button of list.querySelectorAll("[data-sticker]")) {
    const isAgain = wanted && button.closest("[data-part=recent]");
    button.hidden = Boolean(isAgain) || !about(button).includes(wanted);
  }
  const nothing = list.querySelector("[data-part=nothing]");
  if (nothing) nothing.hidden = !wanted || buttons(list).some(({ hidden }) => !hidden);
}

export function noteSticker(button) { // returns what is sent
  const { sticker } = button.dataset;
  noteUse(sticker, RECENT);
  const address = button.querySelector("img").getAttribute("src");
  return { number: Number(sticker), name: button.title, address };
}
