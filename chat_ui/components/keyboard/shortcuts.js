// Keyboard shortcuts: shortcuts.py defines the keys, this module what they do.
import { actions } from "../actions.js";
import { find, frame, isComposing } from "../dom.js";
import { goTo } from "../navigation.js";
import { attachMenu, local } from "../../messages/menu.js";
import { sendToServer, up } from "../../realtime/connection.js";
import { flush } from "../../rooms/timeline/read_position.js";
import { current, messages, seqOf } from "../../rooms/state.js";

const MODIFIERS = { Control: "ctrlKey", Alt: "altKey", Shift: "shiftKey", Meta: "metaKey" };
let shortcuts; // read when the first key is pressed

// The letter counts, wherever it is: on AZERTY and Dvorak, too. A layout that writes other letters
// has none of these, and there the place counts: K is where Cyrillic has Л.
function keyOf({ key, code }) {
  const place = /^Key([A-Z])$/.exec(code);
  const isOther = !/[\x20-\x7e\p{Script=Latin}]/u.test(key);
  return place && isOther ? place[1] : key;
}

function keysOf(event) { // a sign such as "?" says by itself whether Shift was held
  const key = keyOf(event);
  const isLetter = /^\p{L}$/u.test(key);
  const isSign = key.length === 1 && !isLetter;
  const held = Object.keys(MODIFIERS)
    .filter((name) => event[MODIFIERS[name]] && !(isSign && name === "Shift"));
  return [...held, isLetter ? key.toLowerCase() : key].join("+");
}

const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");
const applies = {
  anywhere: () => true,
  reading: (element, keys) => !isTyping(element) || keys.startsWith("Control+"),
  message: (element) => element.matches(".message[data-seq]"),
  composer: (element) => element.closest("[data-composer]"),
  writing: (element) => element.dataset.testid === "composer",
  blank: (element) => element.dataset.testid === "composer" && !element.value && !element.readOnly,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isComposing(event) || !frame()) return;
  shortcuts ??= JSON.parse(find("shortcuts").dataset.keys);
  const keys = keysOf(event);
  const element = event.target instanceof Element ? event.target : document.body;
  const found = shortcuts.find(([wanted, action, where]) =>
    wanted === keys && actions[action] && applies[where](element, keys));
  if (!found) return;
  event.preventDefault();
  actions[found[1]](element);
});

actions["next-unread"] = () => {
  flush(); // first: the server is to know what was read here
  if (up) sendToServer("next_unread", {});
};

actions["edit-last"] = () => {
  const own = [...messages()].findLast((message) => message.dataset.state === "sent"
    && !message.matches(".deleted") && !message.querySelector(".poll"));
  if (own) local.edit(own);
};

function focusMessage(by) {
  if (!current.timeline) return;
  const shown = [...messages()].filter((message) => !message.matches(".silent"));
  const index = shown.indexOf(document.activeElement.closest(".message"));
  const next = index < 0 ? shown.at(-1) : shown[Math.min(Math.max(index + by, 0), shown.length - 1)];
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  attachMenu(next);
}
actions["message-above"] = () => focusMessage(-1);
actions["message-below"] = () => focusMessage(1);
actions.answer = (message) => {
  if ("writes" in current.timeline.dataset && !message.matches(".deleted")) local.reply(message);
};
actions["unread-from"] = (message) =>
  sendToServer("message_action", { action: "unread", room: current.room, seq: seqOf(message) });
actions.write = () => find("composer")?.focus();
actions.inbox = () => goTo("/mentions");
actions.help = () => sendToServer("shortcuts", {});
