// The preview of what is in the composer: Python draws it; the text and its caret stay for going on.
import { actions } from "../../components/actions.js";
import { find, isComposing, listen } from "../../components/dom.js";
import { decorateText, toElements } from "../../messages/elements.js";
import { on, sendToServer, up } from "../../realtime/connection.js";
import { current, hint } from "../state.js";

// What is not shown as it is typed: in doubt it is, and the preview looks like the text.
const FORMATTED = /[*_~`$|[\]\\@＠]|^\s*(?:>|#|[-+]\s|\d+[.)]\s)|:\/\/|[a-z]\.[a-z]{2}|:\w+:/m;
let asked = 0; // number of the last request: its answer counts if nothing was written since
let scrolled; // how far the text was: what is selected in it, the browser keeps

const place = () => find("preview");
const formOf = (box) => box.closest("[data-composer]");
const isShown = (box) => formOf(box).classList.contains("previewing");

function ask(box) {
  if (box.readOnly) return; // the text to edit is on its way
  if (!box.value.trim()) hint("blank");
  else if (!up) hint("no-preview");
  else sendToServer("preview", { room: current.room, asked: ++asked, text: box.value });
}

on("chat_preview", ({ asked: number, html, sentence }) => {
  const box = number === asked && find("composer");
  if (!box) return;
  if (sentence) hint("refused", { sentence });
  else show(box, html);
});

function show(box, html) {
  scrolled = box.scrollTop;
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
  box.scrollTop = scrolled;
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

listen("keydown", ".previewing", (shown, event) => {
  if (isComposing(event)) return;
  if (event.key === "Escape") keepWriting(find("composer"));
  else if (event.key === "Enter" && event.target === place()) shown.requestSubmit();
  else return;
  event.preventDefault();
});
