// Clicks: the history of addresses and the clipboard are the browser's.
import { write } from "./autocomplete.js";
import { aimAt } from "../rooms/composer.js";
import { pickEmoji } from "./emoji.js";
import { drop } from "../rooms/attachments.js";
import { up } from "../realtime/connection.js";
import { again } from "../messages/outbox.js";
import { find, frame, tell, tellPage } from "./dom.js";
import { reveal, standUnread, toNewest } from "../rooms/timeline.js";
import { cancel } from "../messages/uploads.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/']"); // boxes stand outside the frame
  const taken = event.defaultPrevented; // whoever lists links may want something else of them
  if (link && !taken && frame() && link.target !== "_blank" && !link.hasAttribute("download") && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    document.body.classList.remove("rooms-open");
    if (link.dataset.quote && reveal(link.dataset.quote)) return; // it is here already
    follow(link.getAttribute("href"));
  }
  const face = event.target.closest(".message > .avatar"); // the name beside it is a link for all
  if (face) follow(`/people/${encodeURIComponent(face.parentElement.dataset.author)}`);
  const button = event.target.closest("[data-action]");
  if (button) actions[button.dataset.action]?.(button);
  const asks = event.target.closest("[data-ask]");
  if (asks) tellPage("ask", { what: asks.dataset.ask });
});
addEventListener("popstate", () => navigate(location));

export function follow(path) {
  if (!up) return;
  navigate(new URL(path, location)); // first: the server looks while the browser notes the address
  history.pushState(null, "", path);
}

function navigate({ pathname, search }) {
  tellPage("navigate", { path: pathname + search });
  standUnread(true);
}

export const actions = {
  // A list is HTML without elements of its own: what is pressed in it is told by its data.
  press: (button) => tell(button.closest("[data-presses]"), "press", { ...button.dataset }),
  newest: toNewest,
  forget: (button) => tell(button.closest(".kept"), "forget", { id: Number(button.dataset.messageId) }),
  search: () => follow("/search"),
  rooms: () => document.body.classList.toggle("rooms-open"),
  retry: (button) => again(button.closest(".message").dataset.clientId, false),
  attach: () => find("file").click(),
  "drop-file": drop,
  "cancel-file": cancel,
  record: async () => (await import("../rooms/voice_note.js")).record(),
  "record-done": async () => (await import("../rooms/voice_note.js")).finish(true),
  "record-drop": async () => (await import("../rooms/voice_note.js")).finish(false),
  "compose-new": () => aimAt(null),
  edit: (button) => again(button.closest(".message").dataset.clientId, true),
  copy: (button) => copy(button, button.closest(".code").querySelector("pre").textContent),
  emoji: (button) => pickEmoji(button, (sign) => write(find("composer"), sign)),
  "copy-link": (button) => copy(button, button.parentElement.querySelector("input").value),
};

export async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no clipboard without HTTPS: the old way
    const box = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
}
