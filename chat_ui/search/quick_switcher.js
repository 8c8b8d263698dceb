// The quick switcher: a room, a conversation or a person by some letters of their name. It opens on
// a key, and lists what Python finds and draws; the arrows are the browser's.
import { actions } from "../components/actions.js";
import { copyTemplate, isComposing, isPlainClick } from "../components/dom.js";
import { select, selected, step } from "../components/listbox.js";
import { goTo } from "../components/navigation.js";
import { answer, ask } from "../components/questions.js";
import { on, sendToServer } from "../realtime/connection.js";

const TIMEOUT = 2000; // milliseconds until a question counts as lost
let box; // the dialog, while it is open
let isAsking; // whether an answer is to come
let listed; // the words of the last answer
let isEager; // Enter was pressed before the answer had come
let isSteered; // the arrows were used since something was typed: what they chose stays chosen

const part = (selector) => box.querySelector(selector);
const field = () => part("input");
const list = () => part(".switcher-list");
const options = () => [...list().children];
const typed = () => field().value.trim();
const isGroup = () => box.classList.contains("picking"); // several people, for one conversation

function open(template) {
  close();
  document.body.classList.remove("rooms-open");
  box = copyTemplate(template);
  [isAsking, isEager, isSteered, listed] = [false, false, false, undefined];
  document.body.append(box);
  box.addEventListener("input", () => { isSteered = false; look(); });
  box.addEventListener("keydown", pressed);
  box.addEventListener("click", clicked);
  box.addEventListener("close", ({ target }) => { if (target === box) close(); });
  box.showModal();
  field().focus();
  look();
}

function close() {
  const old = box;
  box = undefined;
  old?.close();
  old?.remove();
}

on("chat_quick_search_results", ({ asked, html }) => answer(asked, html));

async function look() { // one question at a time: the next when there is an answer
  if (isAsking) return;
  const [here, words] = [box, typed()];
  isAsking = true;
  const html = await ask(
    (asked) => sendToServer("quick_search", { words, asked, people: isGroup() }), TIMEOUT);
  if (box !== here) return; // it was closed
  isAsking = false;
  if (html !== undefined) show(html, words);
  if (listed !== typed()) look();
  else if (isEager) choose(selected(list()));
}

function show(html, words) {
  listed = words;
  const chosen = isSteered && selected(list())?.href;
  list().innerHTML = html;
  const picked = pickedPeople();
  options().filter(({ dataset }) => picked.includes(dataset.talk)).forEach((option) => option.remove());
  part(".switcher-none").hidden = options().length > 0;
  select(field(), list(), Math.max(0, options().findIndex((option) => option.href === chosen)));
}

function steer(by) {
  isSteered = true;
  step(field(), list(), by);
}

function choose(option) {
  isEager = false;
  if (!option) return;
  if (isGroup()) pick(option);
  else {
    const { roomId, talk } = option.dataset;
    close();
    if (roomId) goTo(`/rooms/${roomId}`);
    else sendToServer("open_direct", { people: [talk] });
  }
}

// -- several people --------------------------------------------------------------------------------
const pickedPeople = () => [...part(".picked").children].map(({ dataset }) => dataset.username);

function pick(option) {
  const chip = copyTemplate("switcher-chip");
  chip.dataset.username = option.dataset.talk;
  chip.textContent = option.querySelector(".name").textContent;
  part(".picked").append(chip);
  option.remove(); // nobody is picked twice
  field().value = "";
  pickedChanged();
}

function pickedChanged() {
  field().focus();
  updateStart();
  look();
}

function updateStart() {
  part(".switcher-start").disabled = !pickedPeople().length;
}

function start() {
  const people = pickedPeople();
  close();
  sendToServer("open_direct", { people });
}

// -- keys and clicks -------------------------------------------------------------------------------
const KEYS = {
  ArrowDown: () => steer(1),
  ArrowUp: () => steer(-1),
  Enter: (event) => {
    const isDone = event.ctrlKey || event.metaKey || !typed();
    if (isDone && pickedPeople().length) start();
    else if (listed === typed() && !isAsking) choose(selected(list()));
    else isEager = true;
  },
};

function pressed(event) {
  if (isComposing(event) || event.target !== field()) return;
  if (event.key === "Backspace" && !field().value) {
    part(".picked").lastElementChild?.remove();
    updateStart();
  } else if (event.key in KEYS) {
    event.preventDefault();
    KEYS[event.key](event);
  }
}

function clicked(event) {
  const option = event.target.closest(".switcher-found");
  const chip = event.target.closest(".picked button");
  if (option && isPlainClick(event)) {
    event.preventDefault();
    choose(option);
  } else if (chip) {
    chip.remove();
    pickedChanged();
  } else if (event.target === box) close(); // beside it
}

Object.assign(actions, {
  switch: () => (box ? close() : open("switcher-template")),
  "pick-people": () => open("people-picker-template"),
  "switcher-close": close,
  "switcher-start": start,
});
