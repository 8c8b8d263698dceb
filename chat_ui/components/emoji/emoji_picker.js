// The emoji picker: emoji_picker.py renders it; this searches it, and moves by arrow keys. Where one
// writes a message it has stickers and GIFs beside the emoji (sticker_list.js, gif_list.js).
import { isComposing, listen } from "../dom.js";
import { loadEmoji, nextTone, noteUse, recent, search, tone, toned } from "./emoji_list.js";
import { place } from "../overlays/menu.js";
import { chosenGif, loadGifs } from "./gif_list.js";
import { loadStickers, noteSticker, searchStickers } from "./sticker_list.js";

let root, emoji; // once loaded
let emojiWords; // of the field, which searches stickers and GIFs with others
let lastTab = "emoji"; // where stickers are offered
let opened; // { anchor, choose, send } while it is open
const part = (selector) => root.querySelector(selector);
const box = () => part("input");
const list = () => part(".picker-list");
const stickers = () => part(".picker-stickers");
const gifs = () => part(".picker-gifs");
const showsStickers = () => root.dataset.tab === "stickers";
const shownGrids = () => [...root.querySelectorAll(".picker-grid")].filter((grid) => grid.checkVisibility());

export async function openPicker(anchor, choose, send) {
  if (opened?.anchor === anchor) return; // the browser closes it
  await prepare();
  if (opened) root.hidePopover();
  opened = { anchor, choose, send };
  root.toggleAttribute("data-stickers", Boolean(send));
  [anchor.popoverTargetElement, anchor.popoverTargetAction] = [root, "hide"];
  box().value = "";
  root.showPopover({ source: anchor });
  openTab(send ? lastTab : "emoji");
  place(root, anchor);
  // On a phone the keyboard would cover the picker.
  (matchMedia("(hover: hover)").matches ? box() : root).focus();
}

async function prepare() {
  if (root) return;
  ({ picker: root, emoji } = await loadEmoji());
  document.body.append(root);
  emojiWords = box().placeholder;
  showTone();
  box().addEventListener("input", show);
  root.addEventListener("keydown", pressed);
  root.addEventListener("beforetoggle", ({ newState }) => { if (newState === "closed") closed(); });
}

function closed() { // by Escape, a click elsewhere, or a choice
  opened.anchor.popoverTargetElement = null;
  opened = undefined;
}

function openTab(tab) {
  root.dataset.tab = tab;
  for (const button of root.querySelectorAll("[data-tab]")) button.ariaPressed = button.dataset.tab === tab;
  box().placeholder = box().ariaLabel = part(`.picker-${tab}`)?.dataset.wordSearch ?? emojiWords;
  if (showsStickers()) loadStickers(stickers()).then(show);
  if (tab === "gifs") loadGifs(gifs(), box().value.trim(), { isNew: true });
  show();
}

function show() { // which parts of the list are seen then is for the stylesheet
  const text = box().value.trim();
  if (showsStickers()) {
    searchStickers(stickers(), text);
    return;
  }
  if (root.dataset.tab === "gifs") {
    loadGifs(gifs(), text);
    return;
  }
  fill("found", text ? search(emoji, text).map(({ button }) => button.cloneNode(true)) : []);
  fill("recent", recent().map(draw));
  list().scrollTop = 0;
}

const fill = (name, content) => part(`[data-part=${name}] .picker-grid`).replaceChildren(...content);

function draw(sign) { // one that was used; with a tone it has no name here
  const known = emoji.find((each) => each.sign === sign);
  const button = (known ?? emoji[0]).button.cloneNode();
  button.textContent = sign;
  if (!known) for (const name of ["title", "aria-label"]) button.setAttribute(name, sign);
  return button;
}

function showTone() {
  part(".picker-tone").textContent = `✋${tone()}`;
  for (const each of emoji) if ("tones" in each.button.dataset) each.button.textContent = toned(each);
}

// The focus stays in the search: without it, the picker would move on a phone before it is pressed.
listen("mousedown", ".picker button", (_button, event) => event.preventDefault());
listen("click", ".picker-grid button", pick);
listen("click", ".picker-tabs button", ({ dataset }) => {
  lastTab = dataset.tab;
  openTab(lastTab);
});
listen("click", ".picker a", () => root.hidePopover()); // it leads to another page
listen("click", ".picker-tone", () => {
  nextTone();
  showTone();
  show();
});
listen("click", ".picker-groups button", ({ dataset }) => {
  box().value = "";
  show();
  part(`section[data-group="${dataset.group}"]`).scrollIntoView({ block: "start" });
});

function pick(button) {
  const { choose, send } = opened;
  root.hidePopover();
  if (button.dataset.sticker || button.dataset.gif) {
    send(button.dataset.gif ? chosenGif(button) : noteSticker(button));
    return;
  }
  noteUse(button.textContent);
  choose(button.textContent);
}

function pressed(event) {
  if (isComposing(event)) return;
  event.stopPropagation(); // a key does nothing else here
  const next = target(event);
  if (!next) return;
  event.preventDefault();
  if (event.key === "Enter") pick(next);
  else next.focus();
}

function target({ key, target: from }) {
  const grids = shownGrids();
  const shown = grids.flatMap((grid) => [...grid.children]).filter((each) => !each.hidden);
  if (from === box()) {
    return key === "ArrowDown" || (key === "Enter" && box().value.trim()) ? shown[0] : undefined;
  }
  const at = shown.indexOf(from);
  if (at < 0) return undefined;
  const columns = getComputedStyle(grids[0]).gridTemplateColumns.split(" ").length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
  if (!step) return undefined;
  return shown[at + step] ?? (step < 0 ? box() : shown.at(-1)); // before the first is the search
}
