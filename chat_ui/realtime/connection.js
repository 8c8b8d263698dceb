// The connection to the server, what goes over it in both directions, and the bus that brings what
// arrives to the other modules.
import { find, frame } from "../components/dom.js";

// The bus: modules import one way only; in the other direction they send events here.
// What the server sends arrives here as well, under its own name, which begins with "chat_".
const bus = new EventTarget();
export const on = (name, listener) => bus.addEventListener(name, ({ detail }) => listener(detail));
export const emit = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

// Sends an event of protocol.py to the server: NiceGUI listens on the frame of the page, and brings it
// over the websocket to `receive` in chat_ui/handlers.py. There is one listener for all events:
// NiceGUI keeps each listener for every open page.
export function sendToServer(event, detail) {
  frame()?.dispatchEvent(new CustomEvent("client_event", { detail: { event, detail } }));
}

export let up = false; // whether the server can be reached: only the browser knows
export let wasUp = false; // whether it could be reached at any time

// A page without a session has no websocket. With one it reconnects for as long as it takes;
// NiceGUI would reload the page after 20 s, and lose it while the server is away.
const anonymous = document.querySelector("script[data-anonymous]").dataset.anonymous === "true";
const options = { autoConnect: !anonymous, timeout: 3600_000, reconnectionDelayMax: 4000 };
const connect = window.io;
window.io = (url, theirs) => {
  const socket = connect(url, { ...theirs, ...options });
  socket.on("connect", () => { show(true); emit("connected"); });
  socket.on("disconnect", () => { show(false); emit("disconnected"); });
  socket.on("connect_error", () => { show(false); checkSession(theirs.query.client_id); });
  socket.io.on("reconnect_attempt", () => emit("reconnecting"));
  socket.io.on("open", () => socket.io.engine.on("packetCreate", (packet) => emit("packet", packet)));
  socket.onAny((name, fields) => { if (name.startsWith("chat_")) emit(name, fields); });
  return socket;
};

function show(isUp) {
  up = isUp;
  wasUp ||= isUp;
  const notice = find("connection");
  if (!notice) return;
  notice.hidden = isUp;
  notice.textContent = isUp ? "" : notice.dataset.wordLost;
}

// The server is away, or the session has ended, or this browser has another one, perhaps somebody else's.
async function checkSession(page) {
  const answer = await fetch(`/session?page=${page}`, { redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect" || answer?.status === 410) location.reload();
}

on("chat_session_ended", () => location.assign("/login"));
on("chat_reload", () => location.reload());
on("chat_stylesheet", ({ href }) => { document.getElementById("chat-style").href = href; });
