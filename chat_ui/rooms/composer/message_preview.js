// The preview of what is in the composer: Python draws it; the text and its caret stay for going on.
import { actions } from "../../components/actions.js";
import { find, isComposing } from "../../components/dom.js";
import { decorateText, toElements } from "../../messages/elements.js";
import { on, sendToServer, up } from "../../realtime/connection.js";
import { current, hint } from "../state.js";

// What is not shown as it is typed: in doubt it is, and the preview looks like the text.
const FORMATTED = /[*_~`$|[\]\\@＠]|^\s*(?:>|#|[-+]\s|\d+[.)]\s)|:\/\/|[a-z]\.[a-z]{2}|:\w+:/m;
let asked = 0; // number of the last request: its answer counts if nothing was written since
let caret; // what was selected in the text, and how far it was scrolled

const place = () => find("preview");
const formOf = (box) => box.closest("[data-composer]");
const isShown = (box) => formOf(box).classList.contains("previewing");
const say = (words) => { hint().textContent = words; };

function ask(box) {
  const { wordBlank, wordNoPreview } = hint().dataset;
  if (box.readOnly) return; // the text to edit is on its way
  if (!box.value.trim()) say(wordBlank);
  else if (!up) say(wordNoPreview);
  else sendToServer("preview", { room: current.room, asked: ++asked, text: box.value });
}

on("chat_preview", ({ asked: number, html, sentence }) => {
  const box = number === asked && find("composer");
  if (!box) return;
  if (sentence) say(sentence);
  else show(box, html);
});

function show(box, html) {
  const { selectionStart, selectionEnd, selectionDirection, scrollTop } = box;
  caret = { selection: [selectionStart, selectionEnd, selectionDirection], scrollTop };
  place().replaceChildren(...toElements(html));
  decorateText(place());
  formOf(box).classList.add("previewing");
  place().focus();
}

function hide(box) {
  formOf(box).classList.remove("previewing");
  place().replaceChildren();
  box.focus();
}

function keepWriting(box) {
  hide(box);
  box.setSelectionRange(...caret.selection);
  box.scrollTop = caret.scrollTop;
}

actions.preview = () => {
  const box = find("composer");
  if (isShown(box)) keepWriting(box);
  else ask(box);
};
actions["keep-writing"] = () => keepWriting(find("composer"));

on("written", (box) => { // also when it was sent, or another text is edited
  asked += 1;
  formOf(box).toggleAttribute("data-formatted", FORMATTED.test(box.value));
  if (isShown(box)) hide(box);
});

document.addEventListener("keydown", (event) => {
  const shown = event.target.closest?.(".previewing");
  if (!shown || isComposing(event)) return;
  if (event.key === "Escape") keepWriting(find("composer"));
  else if (event.key === "Enter" && event.target === place()) shown.requestSubmit();
  else return;
  event.preventDefault();
});
