// Events between modules, and to and from the server.
import { frame, tell } from "./dom.js";

// The bus: modules import one way only; in the other direction they send events here.
// What the server sends arrives here as well, under its own name (realtime/connection.js).
const bus = new EventTarget();
export const serverEvents = new Set(); // the names of those that somebody listens to

export function on(name, listener) {
  if (name.startsWith("chat_")) serverEvents.add(name);
  bus.addEventListener(name, ({ detail }) => listener(detail));
}
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

// Sends an event of realtime/protocol.py to the server: `receive` of chat_ui/handlers.py takes it.
// There is one listener for all: NiceGUI keeps each listener for every open page.
export const tellPage = (event, detail) => tell(frame(), "client_event", { event, detail });
