// The quick switcher: a room, a conversation or a person by some letters of their name. It opens on
// a key, and lists what Python finds and draws; the arrows are the browser's.
import { actions } from "../components/actions.js";
import { copyTemplate, frame, isComposing, isPlainClick, tellPage } from "../components/dom.js";
import { on } from "../components/events.js";
import { goTo } from "../components/navigation.js";

const TIMEOUT = 2000; // milliseconds until a question counts as lost
let box; // the dialog, while it is open
let asked = 0, askedAt; // number of the last request, and when it was sent, until it is answered
let askedFor, listed; // the words of the last request, and of the last answer
let isEager; // Enter was pressed before the answer had come
let isSteered; // the arrows were used since something was typed: what they chose stays chosen

const part = (selector) => box.querySelector(selector);
const field = () => part("input");
const options = () => [...part(".switcher-list").children];
const typed = () => field().value.trim();
const isGroup = () => box.classList.contains("picking"); // several people, for one conversation

function open(template) {
  close();
  document.body.classList.remove("rooms-open");
  box = copyTemplate(template);
  [isEager, isSteered, listed, askedAt] = [false, false, undefined, undefined];
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

function look() { // one question at a time: the next when there is an answer
  if (askedAt && performance.now() - askedAt < TIMEOUT) return;
  const number = ++asked;
  [askedAt, askedFor] = [performance.now(), typed()];
  tellPage("quick_search", { words: askedFor, asked, people: isGroup() });
  setTimeout(() => { if (box && number === asked && askedAt) { askedAt = undefined; look(); } }, TIMEOUT);
}

on("chat_quick_search_results", ({ asked: number, html }) => {
  if (!box || number !== asked) return;
  [askedAt, listed] = [undefined, askedFor];
  const chosen = isSteered && marked()?.href;
  part(".switcher-list").innerHTML = html;
  const picked = pickedPeople();
  options().filter(({ dataset }) => picked.includes(dataset.talk)).forEach((option) => option.remove());
  part(".switcher-none").hidden = options().length > 0;
  mark(Math.max(0, options().findIndex((option) => option.href === chosen)));
  if (listed !== typed()) look();
  else if (isEager) choose(marked());
});

const marked = () => part('.switcher-list [aria-selected="true"]');

function mark(index) {
  const all = options();
  const chosen = all.at(index % all.length);
  for (const option of all) option.setAttribute("aria-selected", option === chosen);
  chosen?.scrollIntoView({ block: "nearest" });
  if (chosen) field().setAttribute("aria-activedescendant", chosen.id);
  else field().removeAttribute("aria-activedescendant");
}

function steer(by) {
  isSteered = true;
  mark(options().indexOf(marked()) + by);
}

function choose(option) {
  isEager = false;
  if (!option) return;
  if (isGroup()) pick(option);
  else {
    const { roomId, talk } = option.dataset;
    close();
    if (roomId) goTo(`/rooms/${roomId}`);
    else tellPage("open_direct", { people: [talk] });
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
  tellPage("open_direct", { people });
}

// -- keys and clicks -------------------------------------------------------------------------------
const KEYS = {
  ArrowDown: () => steer(1),
  ArrowUp: () => steer(-1),
  Enter: (event) => {
    const isDone = event.ctrlKey || event.metaKey || !typed();
    if (isDone && pickedPeople().length) start();
    else if (listed === typed() && !askedAt) choose(marked());
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

document.addEventListener("keydown", (event) => {
  const isOther = event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey);
  if (event.key?.toLowerCase() !== "k" || isOther || !frame()) return;
  event.preventDefault(); // browsers search the web with it
  box ? close() : open("switcher-template");
});

Object.assign(actions, {
  switch: () => open("switcher-template"),
  "pick-people": () => open("people-picker-template"),
  "switcher-close": close,
  "switcher-start": start,
});

on("drawn", () => { // the key's name is another one on Apple's keyboards
  const key = document.querySelector(".switch kbd:empty");
  if (key) key.textContent = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘K" : "Ctrl K";
});
