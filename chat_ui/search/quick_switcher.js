// The quick switcher: a room, a conversation or a person by some letters of their name. It opens
// on a key, and lists what the server finds while one types; the arrows are the browser's.
import { actions, follow } from "../components/clicks.js";
import { frame, tellPage } from "../components/dom.js";

const PATIENCE = 2000; // milliseconds until a question counts as lost
let box; // the dialog, while it is open
let picking; // whether several people are gathered, for one conversation
let asked = 0, waiting, listed; // number and moment of the last question, and the words of the last answer
let eager; // Enter was pressed before the answer was there
let steered; // the arrows were used since something was typed: what they chose stays chosen

const part = (selector) => box.querySelector(selector);
const field = () => part("input");
const options = () => [...part(".switcher-list").children];
const words = () => field().value.trim();

function open(several) {
  close();
  const pattern = document.getElementById("switcher-pattern");
  if (!pattern) return;
  document.body.classList.remove("rooms-open");
  box = pattern.content.firstElementChild.cloneNode(true);
  [picking, listed, waiting, eager, steered] = [several, undefined, undefined, false, false];
  box.classList.toggle("picking", picking);
  const label = picking ? pattern.dataset.wordWith : pattern.dataset.wordGo;
  box.setAttribute("aria-label", label);
  part(".switcher-list").setAttribute("aria-label", label);
  field().placeholder = label;
  part(".switcher-none").textContent = pattern.dataset.wordNobody;
  document.body.append(box);
  box.addEventListener("input", () => { steered = false; look(); });
  box.addEventListener("keydown", pressed);
  box.addEventListener("click", clicked);
  box.addEventListener("close", (event) => { if (event.target === box) close(); });
  box.showModal();
  field().focus();
  count();
  look();
}

function close() {
  const old = box;
  box = undefined;
  old?.close();
  old?.remove();
}

function look() { // one question at a time: the next when there is an answer
  if (waiting && performance.now() - waiting < PATIENCE) return;
  waiting = performance.now();
  asked += 1;
  tellPage("seek", { words: words(), asked, people: picking });
  const mine = asked;
  setTimeout(() => { if (box && mine === asked && waiting) { waiting = undefined; look(); } }, PATIENCE);
  box.dataset.asked = words();
}

export function found({ asked: which, html }) {
  if (!box || which !== asked) return;
  waiting = undefined;
  listed = box.dataset.asked;
  const chosen = steered && options()[marked()]?.href;
  part(".switcher-list").innerHTML = html;
  const picked = new Set(people());
  if (picking) for (const each of options()) if (picked.has(each.dataset.talk)) each.remove();
  part(".switcher-none").hidden = options().length > 0;
  mark(Math.max(0, options().findIndex((each) => each.href === chosen)));
  if (listed !== words()) look();
  else if (eager) choose(options()[marked()]);
}

function mark(number) {
  const all = options();
  if (!all.length) { field().removeAttribute("aria-activedescendant"); return; }
  const chosen = all[(number + all.length) % all.length];
  for (const each of all) each.setAttribute("aria-selected", each === chosen);
  chosen.scrollIntoView({ block: "nearest" });
  field().setAttribute("aria-activedescendant", chosen.id);
}
const marked = () => options().findIndex((each) => each.getAttribute("aria-selected") === "true");

function steer(by) {
  steered = true;
  mark(marked() + by);
}

function choose(entry) {
  eager = false;
  if (!entry) return;
  if (picking) { pick(entry); return; }
  const { roomId, talk } = entry.dataset;
  close();
  if (roomId) follow(`/rooms/${roomId}`);
  else tellPage("talk", { people: [talk] });
}

// -- several people
const people = () => [...part(".picked").children].map((each) => each.dataset.username);

function pick(entry) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.dataset.username = entry.dataset.talk;
  chip.textContent = entry.querySelector(".name").textContent;
  part(".picked").append(chip);
  entry.remove(); // nobody is chosen twice
  field().value = "";
  field().focus();
  count();
  look();
}

function count() {
  part(".switcher-start").disabled = picking && !people().length;
}

function start() {
  const chosen = people();
  if (!picking || !chosen.length) return;
  close();
  tellPage("talk", { people: chosen });
}

const KEYS = {
  ArrowDown: () => steer(1),
  ArrowUp: () => steer(-1),
  Enter: (event) => {
    if (picking && (event.ctrlKey || event.metaKey || !words()) && people().length) start();
    else if (listed === words() && !waiting) choose(options()[marked()]);
    else eager = true;
  },
};

function pressed(event) {
  if (event.isComposing || event.keyCode === 229 || event.target !== field()) return;
  if (event.key === "Backspace" && !field().value && picking) {
    part(".picked").lastElementChild?.remove();
    count();
  } else if (event.key in KEYS) {
    event.preventDefault();
    KEYS[event.key](event);
  }
}

function clicked(event) {
  const entry = event.target.closest(".switcher-found");
  const chip = event.target.closest(".picked button");
  if (entry && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    choose(entry);
  } else if (chip) {
    chip.remove();
    field().focus();
    count();
    look();
  } else if (event.target === box) close(); // beside it
}

document.addEventListener("keydown", (event) => {
  if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (!frame()) return;
  event.preventDefault(); // browsers search the web with it
  box ? close() : open(false);
});

Object.assign(actions, {
  switch: () => open(false),
  "pick-people": () => open(true),
  "switcher-close": close,
  "switcher-start": start,
});

export function nameKeys() { // ⌘ is what it is called on Apple's keyboards
  const key = document.querySelector(".switch kbd:empty");
  if (key) key.textContent = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘K" : "Ctrl K";
}
