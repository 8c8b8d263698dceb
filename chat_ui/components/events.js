// The event bus. Modules import one way only; in the other direction they send events here.
// What the server sends arrives here as well, under its own name (realtime/connection.js).
const bus = new EventTarget();
export const serverEvents = new Set(); // the names of those that somebody listens to

export function on(name, listener) {
  if (name.startsWith("chat_")) serverEvents.add(name);
  bus.addEventListener(name, ({ detail }) => listener(detail));
}
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));
