// Keys: which do what is said in chat_ui/keyboard.py, what that is stands here.
import { actions, follow } from "./clicks.js";
import { here, pointAt } from "../messages/menu.js";
import { find, frame, tellPage } from "./dom.js";
import { messages, room, seqOf, timeline } from "../rooms/timeline.js";

const MANY = 40; // unread messages, more than which may not be on the newest page
const HELD = ["Control", "Alt", "Shift", "Meta"];
let table; // read when the first key is pressed

function shortcuts() {
  const drawn = find("shortcuts");
  if (drawn && !table) table = JSON.parse(drawn.dataset.keys);
  return table ?? [];
}

function pressed(event) { // the sign that a key makes says already whether Shift was held
  const held = HELD.filter((name) => event[`${name === "Control" ? "ctrl" : name.toLowerCase()}Key`]);
  const sign = event.key.length === 1;
  const letter = /^\p{L}$/u.test(event.key);
  return [...held.filter((name) => !(sign && !letter && name === "Shift")), letter ? event.key.toLowerCase() : event.key].join("+");
}

const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");
const inside = {
  anywhere: () => true,
  reading: (element, keys) => !isTyping(element) || keys.startsWith("Control+"),
  message: (element) => element.matches(".message[data-seq]"),
  blank: (element) => element.dataset.testid === "composer" && !element.value && !element.readOnly,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || !frame()) return;
  const keys = pressed(event);
  const element = event.target instanceof Element ? event.target : document.body;
  for (const [wanted, action, where] of shortcuts()) {
    if (wanted !== keys || !actions[action] || !inside[where](element, keys)) continue;
    event.preventDefault();
    actions[action](element);
    return;
  }
});

// -- what they do ----------------------------------------------------------------------------------
actions["next-unread"] = () => {
  const entries = [...document.querySelectorAll('[data-testid="room-list"] [data-room-id]')];
  // By the address: the room that one goes to is not drawn yet when the key is pressed again.
  const going = Number(/^\/rooms\/(\d+)/.exec(location.pathname)?.[1] ?? (timeline ? room : 0));
  const isHere = ({ dataset }) => Number(dataset.roomId) === going;
  const current = entries.findIndex(isHere);
  const next = [...entries.slice(current + 1), ...entries.slice(0, current + 1)]
    .find((entry) => entry.dataset.unread && entry.dataset.notify !== "nothing" && !isHere(entry));
  if (next) openUnread(next);
};

export function openUnread({ dataset: { roomId, read, unread } }) { // at the first unread message
  follow(Number(unread) > MANY ? `/rooms/${roomId}/messages/${Number(read) + 1}` : `/rooms/${roomId}`);
}

actions["edit-last"] = () => {
  const mine = [...messages()].filter((message) => message.dataset.state === "sent"
    && !message.matches(".deleted") && !message.querySelector(".poll")).at(-1);
  if (mine) here.edit(mine);
};

function step(by) {
  if (!timeline) return;
  const shown = [...messages()];
  const at = shown.indexOf(document.activeElement.closest(".message"));
  const next = at < 0 ? shown.at(-1) : shown[Math.min(Math.max(at + by, 0), shown.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  if (next) pointAt(next);
}
actions["message-above"] = () => step(-1);
actions["message-below"] = () => step(1);
actions.answer = (message) => {
  if ("writes" in timeline.dataset && !message.matches(".deleted")) here.reply(message);
};
actions["unread-from"] = (message) => tellPage("act", { action: "unread", room, seq: seqOf(message) });
actions.write = () => find("composer")?.focus();
actions.search = () => follow("/search");
actions.inbox = () => follow("/mentions");
actions.help = () => tellPage("ask", { what: "keys" });
