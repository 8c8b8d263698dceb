// Addresses: the history is the browser's, the views are Python's.
//
// On a phone, Back first closes what is open over the view: so long, the history has one entry more.
import { emit, on, sendToServer, up, wasUp } from "../realtime/connection.js";

const OVER = ".rooms-open .sidebar, .q-dialog, dialog[open], [data-menu]:popover-open";
let hasEntry = Boolean(history.state?.isOver); // for what is open; a page that is loaded again may find one
let isDropping = false; // whether that entry is being removed, which takes the browser a moment
let waiting; // the address to show after that
const topmost = () => [...document.querySelectorAll(OVER)].at(-1);

export function goTo(path) {
  if (!wasUp) location.assign(path); // the browser needs no connection of ours
  if (!up) return;
  show(new URL(path, location)); // first: the server starts while the browser changes the address
  put(path);
}

function put(path) {
  if (isDropping) { waiting = path; return; }
  history[hasEntry ? "replaceState" : "pushState"](null, "", path);
  hasEntry = false;
}

function show({ pathname, search }) {
  sendToServer("navigate", { path: pathname + search });
  emit("navigated");
}

function sync() {
  if (isDropping || (!hasEntry && !matchMedia("(max-width: 700px)").matches)) return;
  const isOpen = Boolean(topmost());
  if (isOpen && !hasEntry) history.pushState({ isOver: true }, "", location);
  if (!isOpen && hasEntry) {
    isDropping = true;
    history.back();
  }
  hasEntry = isOpen;
}
on("drawn", sync);
for (const event of ["click", "toggle", "pointerup"]) {
  document.addEventListener(event, () => setTimeout(sync), true);
}

function close(over) {
  if (over?.matches("dialog")) over.close();
  else if (over?.popover) over.hidePopover();
  else if (over?.matches(".q-dialog")) over.querySelector(".dialog-head button").click();
  else document.body.classList.remove("rooms-open");
}

addEventListener("popstate", () => {
  if (isDropping) {
    isDropping = false;
    if (waiting) put(waiting);
    waiting = undefined;
    sync(); // for what was opened in the meantime
  } else if (hasEntry) {
    hasEntry = false;
    close(topmost());
  } else show(location);
});
on("chat_address", ({ path }) => {
  put(path);
  emit("navigated");
});
