// The emoji picker: emoji_picker.py renders it; this opens, searches and places it.
import { isComposing } from "./dom.js";
import { loadEmoji, nextTone, noteUse, recent, search, tone, toned } from "./emoji_list.js";

const GAP = 8; // pixels around it
let root, emoji; // once loaded
let groups, foundPart, recentPart, nothing; // the parts of its list
let opened; // { anchor, choose } while it is open
const part = (selector) => root.querySelector(selector);
const box = () => part("input");
const list = () => part(".picker-list");
const buttons = () => [...list().querySelectorAll(".picker-grid button")];

export async function openPicker(anchor, choose) {
  if (opened?.anchor === anchor) return; // the browser closes it
  await prepare();
  if (opened) root.hidePopover();
  opened = { anchor, choose };
  [anchor.popoverTargetElement, anchor.popoverTargetAction] = [root, "hide"];
  document.body.append(root);
  box().value = "";
  root.showPopover();
  show();
  place();
  // On a phone the keyboard would cover the picker.
  (matchMedia("(hover: hover)").matches ? box() : root).focus();
}

async function prepare() {
  if (root) return;
  ({ picker: root, emoji } = await loadEmoji());
  [recentPart, foundPart, nothing] = ["[data-part=recent]", "[data-part=found]", ".picker-nothing"].map(part);
  groups = [...list().querySelectorAll("[data-group]")];
  showTone();
  box().addEventListener("input", show);
  list().addEventListener("scroll", markGroup, { passive: true });
  root.addEventListener("keydown", pressed);
  root.addEventListener("click", clicked);
  root.addEventListener("beforetoggle", ({ newState }) => { if (newState === "closed") closed(); });
  visualViewport.addEventListener("resize", () => { if (opened) place(); });
}

function closed() { // by Escape, a click elsewhere, or a choice
  opened.anchor.popoverTargetElement = null;
  opened = undefined;
  setTimeout(() => { if (!opened) root.remove(); }); // not before the focus is back
}

function show() {
  const text = box().value.trim();
  const found = text ? search(emoji, text).map(({ button }) => button.cloneNode(true)) : [];
  const before = recent().map(draw);
  if (found.length) list().replaceChildren(fill(foundPart, found));
  else if (text) list().replaceChildren(nothing);
  else list().replaceChildren(...before.length ? [fill(recentPart, before)] : [], ...groups);
  list().scrollTop = 0;
  markGroup();
}

function fill(section, content) {
  section.querySelector(".picker-grid").replaceChildren(...content);
  return section;
}

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

function markGroup() {
  const top = list().scrollTop + 40;
  const here = [...list().querySelectorAll("section")].findLast((section) => section.offsetTop <= top);
  for (const button of root.querySelectorAll(".picker-groups button")) {
    button.toggleAttribute("aria-current", button.dataset.group === here?.dataset.group);
  }
}

function clicked({ target }) {
  const button = target.closest("button");
  if (button?.closest(".picker-grid")) pick(button.textContent);
  else if (button?.matches(".picker-tone")) {
    nextTone();
    showTone();
    show();
  } else if (button) {
    box().value = "";
    show();
    groups[button.dataset.group].scrollIntoView({ block: "start" });
  }
}

function pick(sign) {
  const { choose } = opened;
  noteUse(sign);
  root.hidePopover();
  choose(sign);
}

function pressed(event) {
  if (isComposing(event)) return;
  event.stopPropagation(); // a key does nothing else here
  const shown = buttons();
  const at = shown.indexOf(event.target);
  let next;
  if (event.target === box() && event.key === "Enter") {
    event.preventDefault();
    if (box().value.trim() && shown[0]) pick(shown[0].textContent);
  } else if (event.target === box() && event.key === "ArrowDown") next = shown[0];
  else if (at >= 0) next = neighbour(event.key, shown, at);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function neighbour(key, shown, at) { // before the first is the search
  const forward = getComputedStyle(root).direction === "rtl" ? -1 : 1;
  if (key === "ArrowRight") return shown[Math.min(at + forward, shown.length - 1)] ?? box();
  if (key === "ArrowLeft") return shown[at - forward] ?? box();
  if (key === "ArrowUp" || key === "ArrowDown") return vertical(key === "ArrowDown" ? 1 : -1, shown, at);
  return undefined;
}

function vertical(step, shown, at) { // the nearest in the next row, which may be in another group
  const { left, top } = shown[at].getBoundingClientRect();
  let row, nearest, distance = Infinity;
  for (let next = at + step; shown[next]; next += step) {
    const place = shown[next].getBoundingClientRect();
    if (Math.abs(place.top - top) < 2) continue;
    row ??= place.top;
    if (Math.abs(place.top - row) > 2) break;
    if (Math.abs(place.left - left) < distance) {
      [distance, nearest] = [Math.abs(place.left - left), shown[next]];
    }
  }
  return nearest ?? (step > 0 ? shown[at] : box());
}

function place() { // near what opened it, and within the window; on a phone the stylesheet does it
  const around = opened.anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = root;
  const above = around.top - height - GAP;
  const top = Math.max(GAP, Math.min(above >= GAP ? above : around.bottom + GAP, innerHeight - height - GAP));
  const left = Math.max(GAP, Math.min(around.left, innerWidth - width - GAP));
  const keyboard = innerHeight - visualViewport.height - visualViewport.offsetTop;
  root.style.cssText = `top: ${top}px; left: ${left}px; --keyboard: ${keyboard}px`;
}
