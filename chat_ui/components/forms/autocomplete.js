// Suggestions while typing `:smi` or `@as`: a list above the composer.
//
// Each kind of word is one call of `complete`: it begins with a character of `trigger`, where
// `begins(text)` says that it may behind that text. `source(word)` returns, or promises, what fits:
// [{ insert, sign, name, more }], where `insert` replaces the word. It is asked at
// every key, so it should keep what it has fetched.
import { copyTemplate, isComposing, listen } from "../dom.js";
import { select, selected, step } from "./listbox.js";

const MAX_SHOWN = 8;
const kinds = [];
let box; // the field, while the list is open
let items, word; // the entries, and the word to complete
let dismissed; // the text before the word whose list was closed with Escape
let asked = 0; // number of the last request: only its answer counts
const list = () => document.getElementById("completion");

const atWord = (text) => !/[^\s(]$/.test(text);

export function complete(trigger, { least = 0, begins = atWord, source }) {
  const pattern = new RegExp(`[${trigger}]([^\\s${trigger}]{${least},40})$`, "u");
  kinds.push({ source, begins, pattern });
}

// In a fenced block one writes code, and after an odd number of backticks in a paragraph.
const FENCE = /^(?:[ >]|[-*+] |\d+[.)] )*(`{3,}(?!.*`)|~{3,})/;

function isCode(text) {
  let fence = "", paragraph = "";
  for (const line of text.split("\n")) {
    const mark = line.replace(/^[ >]+/, "").trimEnd();
    if (fence) fence = mark.startsWith(fence) && mark === fence[0].repeat(mark.length) ? "" : fence;
    else if (FENCE.test(line)) [fence, paragraph] = [FENCE.exec(line)[1], ""];
    else paragraph = mark && paragraph + line;
  }
  return Boolean(fence) || paragraph.split("`").length % 2 === 0;
}

function wordBefore({ selectionStart: end, selectionEnd, value }) {
  const text = value.slice(0, end);
  if (end !== selectionEnd || isCode(text)) return null;
  for (const { pattern, begins, source } of kinds) {
    const match = pattern.exec(text);
    const may = match && begins(text.slice(0, match.index));
    if (may) return { source, start: match.index, end, typed: match[1] };
  }
  return null;
}

async function look(element) {
  const mine = ++asked;
  const wanted = wordBefore(element);
  if (!wanted) dismissed = undefined;
  if (!wanted || element.value.slice(0, wanted.start) === dismissed) { close(); return; }
  let found = [];
  try { found = await wanted.source(wanted.typed); } catch { /* the connection is down */ }
  if (mine !== asked || document.activeElement !== element) return; // outdated: typing continued
  close();
  if (found.length) open(element, wanted, found.slice(0, MAX_SHOWN));
}

function open(element, wanted, found) {
  [box, word, items] = [element, wanted, found];
  list().replaceChildren(...items.map(draw));
  list().hidden = false;
  select(box, list(), 0);
}

function draw({ sign, name, more = "" }, index) {
  const option = copyTemplate("completion-option");
  option.id = `completion-${index}`;
  [sign, name, more].forEach((text, part) => { option.children[part].textContent = text; });
  return option;
}

function close() {
  if (!box) return;
  box.removeAttribute("aria-activedescendant");
  box = undefined;
  list()?.replaceChildren();
  if (list()) list().hidden = true;
}

function insert(option) {
  const element = box;
  const { insert: text } = items[[...list().children].indexOf(option)];
  close();
  write(element, `${text} `, word.start, word.end);
}

// Replaces what is selected, or from one place to another, as if it were typed: so that Ctrl+Z takes it back,
// which setRangeText() would end.
export function write(element, text, from = element.selectionStart, to = element.selectionEnd) {
  element.focus();
  element.setSelectionRange(from, to);
  document.execCommand(text ? "insertText" : "delete", false, text);
}

const KEYS = {
  ArrowDown: () => step(box, list(), 1),
  ArrowUp: () => step(box, list(), -1),
  Enter: () => insert(selected(list())),
  Tab: () => insert(selected(list())),
  Escape: () => { dismissed = box.value.slice(0, word.start); close(); },
};

document.addEventListener("keydown", (event) => { // before the composer, where Enter sends
  const act = box && event.target === box && KEYS[event.key];
  const hasModifier = event.shiftKey || event.ctrlKey || event.altKey || event.metaKey;
  if (!act || hasModifier || isComposing(event)) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}, true);
listen("input", "[data-completes]", (element) => { if (!box) look(element); });
document.addEventListener("selectionchange", () => { if (box) look(box); }); // by a key or without
document.addEventListener("focusout", ({ target }) => { if (target === box) close(); });
listen("click", "#completion > li", insert);
// The focus, and what is selected, stay where one types; a phone's keyboard stays open.
listen("mousedown", "#completion, .formatting, .send", (_element, event) => event.preventDefault());
