// Clicks: one listener for all. A button names its action; modules add theirs to `actions`.
import { frame, isPlainClick, tell } from "./dom.js";
import { goTo } from "./navigation.js";
import { on, sendToServer } from "../realtime/connection.js";

export const actions = {
  // Entries of a list are plain HTML; the list's element listens, and gets the entry.
  press: (button) => tell(button.closest("[data-presses]"), "press", { ...button.dataset }),
  search: () => goTo("/search"),
  rooms: () => document.body.classList.toggle("rooms-open"),
  copy: (button) => copy(button, button.closest(".code").querySelector("pre").textContent),
  "copy-link": (button) => copy(button, button.parentElement.querySelector("input").value),
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/']"); // dialogs are outside the frame
  const opensHere = link && link.target !== "_blank" && !link.hasAttribute("download");
  if (opensHere && frame() && isPlainClick(event) && !event.defaultPrevented) {
    event.preventDefault();
    document.body.classList.remove("rooms-open");
    goTo(link.getAttribute("href"));
  }
  const avatar = event.target.closest(".message > .avatar");
  if (avatar) goTo(`/people/${encodeURIComponent(avatar.parentElement.dataset.author)}`);
  const button = event.target.closest("[data-action]");
  if (button) actions[button.dataset.action]?.(button);
  const asks = event.target.closest("[data-ask]");
  if (asks) sendToServer(asks.dataset.ask, {});
});

export async function copy(button, text) {
  await write(text);
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
}

on("chat_clipboard", ({ text }) => write(text));

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // there is no clipboard without HTTPS
    const box = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}
