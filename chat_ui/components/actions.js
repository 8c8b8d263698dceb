// Clicks: one listener for all. A button names its action; modules add theirs to `actions`.
import { announce } from "./accessibility/announcer.js";
import { find, frame, isPlainClick, listen, tell } from "./dom.js";
import { goTo } from "./navigation.js";
import { swipes } from "./swipe.js";
import { on, sendToServer } from "../realtime/connection.js";
import "./overlays/menu.js";

export const actions = {
  // Entries of a list are plain HTML; the list's element listens, and gets the entry.
  press: (button) => tell(button.closest("[data-presses]"), "press", { ...button.dataset }),
  search: () => goTo("/search"),
  skip: () => (find("timeline") ?? document.querySelector("main")).focus(),
  rooms: () => showRooms(),
  copy: (button) => copy(button, button.closest(".code").querySelector("pre").textContent),
  "copy-link": (button) => copy(button, button.parentElement.querySelector("input").value),
};

const showRooms = (isOpen) => document.body.classList.toggle("rooms-open", isOpen);
const isBehindButton = () => document.querySelector("[data-action='rooms']")?.checkVisibility();
swipes[".main"] = { way: 1, edge: true, done: () => { if (isBehindButton()) showRooms(true); } };
swipes[".rooms-open .sidebar"] = { way: -1, done: () => showRooms(false) };

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  const link = event.target.closest("a[href^='/']"); // dialogs are outside the frame
  if (link && (event.defaultPrevented || !isPlainClick(event))) return;
  const opensHere = link && link.target !== "_blank" && !link.hasAttribute("download");
  if (button && button === link) event.preventDefault();
  else if (opensHere && frame()) {
    event.preventDefault();
    showRooms(false);
    goTo(link.getAttribute("href"));
  }
  if (button) actions[button.dataset.action]?.(button);
});
listen("click", "[data-ask]", ({ dataset }) => sendToServer(dataset.ask, { ...dataset }));

const { copyToClipboard } = window.Quasar; // which knows a way without HTTPS, too

export async function copy(button, text) {
  await copyToClipboard(text);
  button.classList.add("done");
  announce(find("announcer").dataset.wordCopied);
  setTimeout(() => button.classList.remove("done"), 1500);
}

on("chat_clipboard", ({ text }) => copyToClipboard(text));
