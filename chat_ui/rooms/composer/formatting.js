// Formatting: the buttons above the composer put Markdown around what is selected there.
import { actions } from "../../components/actions.js";
import { write } from "../../components/forms/autocomplete.js";
import { find } from "../../components/dom.js";
import { store } from "../../components/storage.js";
import { on } from "../../realtime/connection.js";

const SHOWN = "chat-formatting";
const LINK = "https://";

function surround(box, mark) { // or take the marks away
  const { selectionStart, selectionEnd, value } = box;
  const { length } = mark;
  const selected = value.slice(selectionStart, selectionEnd);
  const words = selected.trim(); // Markdown takes no marks with a space inside
  let from = selectionStart + selected.indexOf(words);
  let to = from + words.length;
  const isWithin = words.length >= 2 * length && words.startsWith(mark) && words.endsWith(mark);
  const isAround = value.slice(0, from).endsWith(mark) && value.slice(to).startsWith(mark);
  if (isAround) [from, to] = [from - length, to + length];
  const inside = isWithin ? words.slice(length, -length) : words;
  const isMarked = isAround || isWithin;
  write(box, isMarked ? inside : mark + inside + mark, from, to);
  const start = isMarked ? from : from + length;
  box.setSelectionRange(start, start + inside.length);
}

function beginLines(box, mark) { // all that are selected, or take the marks away
  const { selectionStart, selectionEnd, value } = box;
  const from = value.slice(0, selectionStart).lastIndexOf("\n") + 1;
  const end = value.indexOf("\n", selectionEnd);
  const to = end < 0 ? value.length : end;
  const lines = value.slice(from, to).split("\n");
  const areMarked = lines.every((line) => line.startsWith(mark));
  const text = lines.map((line) => (areMarked ? line.slice(mark.length) : mark + line)).join("\n");
  write(box, text, from, to);
  box.setSelectionRange(lines.length > 1 ? from : from + text.length, from + text.length);
}

function makeLink(box) { // the address is selected next, to be typed over
  const { selectionStart: from, selectionEnd: to, value } = box;
  const words = value.slice(from, to);
  write(box, `[${words}](${LINK})`, from, to);
  const start = words ? from + words.length + 3 : from + 1;
  box.setSelectionRange(start, words ? start + LINK.length : start);
}

function apply({ dataset: { around, line } }) {
  const box = find("composer");
  if (!box || box.readOnly) return;
  if (around) surround(box, around);
  else if (line) beginLines(box, line);
  else makeLink(box);
}
actions.format = apply;
for (const name of ["bold", "italic"]) {
  actions[name] = () => apply(document.querySelector(`.formatting [data-key=${name}]`));
}

function show(isShown) {
  const bar = document.querySelector(".formatting");
  if (!bar) return;
  bar.hidden = !isShown;
  find("formatting").ariaExpanded = isShown;
}
actions.formatting = () => {
  const isShown = document.querySelector(".formatting").hidden;
  store[isShown ? "set" : "drop"](SHOWN, "1");
  show(isShown);
  find("composer").focus();
};
on("room-opened", () => show(store.get(SHOWN) !== null));
