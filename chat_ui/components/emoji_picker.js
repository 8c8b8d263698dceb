// The picker of emoji. This module too is fetched only when one first opens it.
import { emojiList, nameOf, nextTone, recent, search, tone, toned, used } from "./emoji.js";

let picker, closePicker;

export async function openPicker(anchor, choose) {
  const wasOpen = picker?.anchor === anchor;
  closePicker?.();
  if (wasOpen) return; // its button closes it again
  const list = await emojiList();
  picker = { anchor, choose, list, root: element("div", "picker") };
  picker.root.setAttribute("role", "dialog");
  picker.root.setAttribute("aria-label", list.words.title);
  picker.root.dataset.testid = "emoji-picker";
  picker.root.append(head(), groupBar(), element("div", "picker-list"));
  document.body.append(picker.root);
  showGroups();
  place();
  closePicker = close;
  picker.root.addEventListener("keydown", keys);
  picker.root.addEventListener("click", clicked);
  picker.root.querySelector(".picker-list").addEventListener("scroll", markGroup, { passive: true });
  document.addEventListener("pointerdown", outside, true);
  visualViewport.addEventListener("resize", place);
  // On a phone the keyboard would come up at once, and hide what one wants to see.
  picker.root.tabIndex = -1;
  (matchMedia("(hover: hover)").matches ? picker.root.querySelector("input") : picker.root).focus();
}

function close() {
  document.removeEventListener("pointerdown", outside, true);
  visualViewport.removeEventListener("resize", place);
  const { root, anchor } = picker;
  const hadFocus = root.contains(document.activeElement);
  root.remove();
  picker = closePicker = undefined;
  if (hadFocus && anchor.isConnected) anchor.focus();
}

function outside({ target }) {
  if (!picker.root.contains(target) && !picker.anchor.contains(target)) close();
}

function element(tag, className, properties = {}) {
  return Object.assign(document.createElement(tag), { className, ...properties });
}

function head() {
  const { words } = picker.list;
  const top = element("div", "picker-head");
  const box = element("input", "", { type: "search", placeholder: words.search, autocomplete: "off" });
  box.setAttribute("aria-label", words.search);
  box.addEventListener("input", () => (box.value.trim() ? showFound(box.value) : showGroups()));
  const hand = element("button", "picker-tone", { type: "button", title: words.tone, textContent: `✋${tone()}` });
  hand.setAttribute("aria-label", words.tone);
  hand.addEventListener("click", () => {
    nextTone();
    hand.textContent = `✋${tone()}`;
    box.value.trim() ? showFound(box.value) : showGroups();
  });
  top.append(box, hand);
  return top;
}

function groupBar() {
  const bar = element("div", "picker-groups");
  picker.list.groups.forEach(({ name, emoji }, number) => {
    const button = element("button", "", { type: "button", title: name, textContent: emoji[0].sign });
    button.setAttribute("aria-label", name);
    button.dataset.group = number;
    bar.append(button);
  });
  return bar;
}

const listOf = () => picker.root.querySelector(".picker-list");

function section(title, emoji, number) {
  const part = element("section", "");
  part.append(element("h3", "", { textContent: title }));
  const grid = element("div", "picker-grid");
  for (const each of emoji) {
    const button = element("button", "", { type: "button", textContent: each.shown ?? toned(each), title: nameOf(each) });
    button.setAttribute("aria-label", nameOf(each));
    grid.append(button);
  }
  if (number !== undefined) part.dataset.group = number;
  part.append(grid);
  return part;
}

function showGroups() {
  const { words, groups } = picker.list;
  const known = new Map(groups.flatMap(({ emoji }) => emoji).map((each) => [each.sign, each]));
  const before = recent().map((sign) => ({ codes: [sign], ...known.get(sign), shown: sign }));
  listOf().replaceChildren(
    ...(before.length ? [section(words.recent, before)] : []),
    ...groups.map(({ name, emoji }, number) => section(name, emoji, number)),
  );
  listOf().scrollTop = 0;
  markGroup();
}

function showFound(text) {
  const found = search(picker.list, text);
  listOf().replaceChildren(found.length ? section(picker.list.words.found, found)
    : element("p", "picker-nothing", { textContent: picker.list.words.nothing }));
  listOf().scrollTop = 0;
  markGroup();
}

function markGroup() { // where one is in the list; it may have been closed since it was scrolled
  if (!picker) return;
  const top = listOf().scrollTop + 40;
  const here = [...listOf().querySelectorAll("section")].filter((part) => part.offsetTop <= top).at(-1);
  for (const button of picker.root.querySelectorAll(".picker-groups button")) {
    button.toggleAttribute("aria-current", button.dataset.group === here?.dataset.group);
  }
}

function clicked({ target }) {
  const button = target.closest("button");
  if (button?.closest(".picker-grid")) pick(button.textContent);
  else if (button?.dataset.group) {
    const box = picker.root.querySelector("input");
    if (box.value) { box.value = ""; showGroups(); }
    listOf().querySelector(`section[data-group="${button.dataset.group}"]`).scrollIntoView({ block: "start" });
  }
}

function pick(sign) {
  const { choose } = picker;
  used(sign);
  close();
  choose(sign);
}

function keys(event) {
  if (event.isComposing || event.keyCode === 229) return;
  event.stopPropagation(); // what a key does elsewhere it does not do here
  if (event.key === "Escape") { event.preventDefault(); close(); return; }
  const box = picker.root.querySelector("input");
  const buttons = [...listOf().querySelectorAll(".picker-grid button")];
  if (event.target === box) {
    if (event.key === "Enter") { event.preventDefault(); if (box.value.trim() && buttons[0]) pick(buttons[0].textContent); }
    if (event.key === "ArrowDown" && buttons[0]) { event.preventDefault(); buttons[0].focus(); }
    return;
  }
  const at = buttons.indexOf(event.target);
  const next = at < 0 ? undefined : step(event, buttons, at);
  if (next === undefined) return;
  event.preventDefault();
  (buttons[next] ?? box).focus();
}

function step({ key }, buttons, at) { // -1 leads back to the search
  const along = getComputedStyle(picker.root).direction === "rtl" ? -1 : 1;
  if (key === "ArrowRight") return Math.min(at + along, buttons.length - 1);
  if (key === "ArrowLeft") return at - along;
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
  // The nearest in the line above or below, which may be in another group.
  const { left, top } = buttons[at].getBoundingClientRect();
  const way = key === "ArrowDown" ? 1 : -1;
  let line, best = key === "ArrowDown" ? at : -1, off = Infinity;
  for (let next = at + way; buttons[next]; next += way) {
    const there = buttons[next].getBoundingClientRect();
    if (Math.abs(there.top - top) < 2) continue;
    line ??= there.top;
    if (Math.abs(there.top - line) > 2) break;
    if (Math.abs(there.left - left) < off) [off, best] = [Math.abs(there.left - left), next];
  }
  return best;
}

function place() { // near what opened it, and within the window; on a phone the stylesheet knows
  const around = picker.anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = picker.root;
  const above = around.top - height - 8;
  picker.root.style.top = `${Math.max(8, Math.min(above >= 8 ? above : around.bottom + 8, innerHeight - height - 8))}px`;
  picker.root.style.setProperty("--keyboard", `${innerHeight - visualViewport.height - visualViewport.offsetTop}px`);
  picker.root.style.left = `${Math.max(8, Math.min(around.left, innerWidth - width - 8))}px`;
}
