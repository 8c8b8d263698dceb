// Addresses: the history is the browser's, the views are Python's.
import { emit, on, sendToServer, up } from "../realtime/connection.js";

export function goTo(path) {
  if (!up) return;
  show(new URL(path, location)); // first: the server starts while the browser changes the address
  history.pushState(null, "", path);
}

function show({ pathname, search }) {
  sendToServer("navigate", { path: pathname + search });
  emit("navigated");
}

addEventListener("popstate", () => show(location));
on("chat_address", ({ path }) => {
  history.pushState(null, "", path);
  emit("navigated");
});
