// The quick switcher: a room, a conversation or a person by some letters of their name. It opens on
// a key, and lists what Python finds and draws; the arrows are the browser's.
import { actions } from "../components/actions.js";
import { copyTemplate, isComposing, isPlainClick, listen } from "../components/dom.js";
import { select, selected, step } from "../components/forms/listbox.js";
import { goTo } from "../components/navigation.js";
import { newId } from "../messages/outbox.js";
import { on, sendToServer } from "../realtime/connection.js";
import { current, seqOf } from "../rooms/state.js";

let box; // the dialog, while it is open
let asked = 0; // number of the last question: only its answer counts
let isAnswered;
let isEager; // Enter was pressed before the answer had come
let forwarded; // the message that is forwarded, and a number by which that is done once
let isSteered; // the arrows were used since something was typed: what they chose stays chosen

const part = (selector) => box.querySelector(selector);
const field = () => part("input");
const list = () => part(".switcher-list");
const options = () => [...list().children];
const picks = () => box.dataset.picks; // what several are picked of: `people` or `targets`
const chips = () => [...part(".picked").children];
const picked = () => chips().map(({ value }) => value);

function open(template) {
  close();
  box = copyTemplate(template);
  document.body.append(box);
  box.addEventListener("input", ({ target }) => { if (target === field()) look(); }); // not a note
  box.addEventListener("keydown", pressed);
  box.addEventListener("click", ({ target }) => { if (target === box) close(); }); // beside it
  box.addEventListener("close", ({ target }) => { if (target === box) close(); });
  box.showModal();
  look();
}

function close() {
  const old = box;
  box = undefined;
  old?.close(); // so that the focus is where it was
  old?.remove();
}
on("navigated", close);

function look() {
  [isAnswered, isEager, isSteered] = [false, false, false];
  field().focus();
  sendToServer("quick_search", { words: field().value.trim(), asked: ++asked, picks: picks() });
}

on("chat_quick_search_results", (answer) => {
  if (!box || answer.asked !== asked) return;
  const chosen = isSteered && selected(list())?.href;
  list().innerHTML = answer.html;
  options().filter(isPicked).forEach((option) => option.remove()); // nothing is picked twice
  part(".switcher-none").hidden = options().length > 0 || !field().value; // or all are picked
  select(field(), list(), Math.max(0, options().findIndex((option) => option.href === chosen)));
  isAnswered = true;
  if (isEager) choose(selected(list()));
});

const isPicked = ({ dataset }) => picked().includes(dataset[picks()]);

function choose(option) {
  isEager = false;
  if (!option) return;
  const { roomId, people } = option.dataset;
  if (picks()) pick(option);
  else if (roomId) goTo(`/rooms/${roomId}`);
  else start([people]);
}

function pick(option) {
  if (isPicked(option)) return; // pressed twice, before the answer took it from the list
  const chip = copyTemplate("switcher-chip");
  chip.value = option.dataset[picks()];
  chip.textContent = option.querySelector(".name").textContent;
  part(".picked").append(chip);
  field().value = "";
  look();
}

function drop(chip) {
  chip?.remove();
  look();
}

function start(people, isEncrypted = false) {
  close();
  sendToServer("open_direct", { people, encrypted: isEncrypted });
}

function submit() {
  if (picks() === "people") { start(picked(), part("[name=encrypted]")?.checked); return; }
  const { room, seq, id } = forwarded;
  sendToServer("forward", { room, seq, id, targets: picked(), note: part("textarea").value });
}

on("chat_forwarded", ({ id, done, refusals }) => { // those who refused it stay picked
  if (!box || id !== forwarded?.id) return;
  chips().filter(({ value }) => done.includes(value)).forEach((chip) => chip.remove());
  if (!chips().length) { close(); return; }
  part(".refusals").textContent = refusals.join("\n");
  look();
});

function steer(by) {
  isSteered = true;
  step(field(), list(), by);
}

const KEYS = {
  ArrowDown: () => steer(1),
  ArrowUp: () => steer(-1),
  Enter: (event) => {
    const isDone = event.ctrlKey || event.metaKey || !field().value.trim();
    if (isDone && picks() && chips().length) submit();
    else if (isAnswered) choose(selected(list()));
    else isEager = true;
  },
};

function pressed(event) {
  if (isComposing(event) || event.target !== field()) return;
  if (event.key === "Backspace" && !field().value) drop(part(".picked").lastElementChild);
  if (!(event.key in KEYS)) return;
  event.preventDefault();
  KEYS[event.key](event);
}

listen("click", ".switcher-found", (option, event) => {
  if (!isPlainClick(event)) return;
  event.preventDefault();
  choose(option);
}, true); // before it is followed as a link
listen("click", ".picked button", drop);

// Where the shortcut of the installed app leads.
on("connected", () => {
  if (location.hash !== "#new-message") return;
  history.replaceState(null, "", location.pathname);
  open("people-picker-template");
});

Object.assign(actions, {
  switch: () => (box?.open ? close() : open("switcher-template")), // its "close" comes a moment later
  "pick-people": () => open("people-picker-template"),
  "switcher-close": close,
  "switcher-start": submit,
  forward: (message) => {
    message.focus(); // where it returns to
    open("forward-template");
    forwarded = { room: current.room, seq: seqOf(message), id: newId() };
  },
});
