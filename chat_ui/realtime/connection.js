// The connection to the server: only the browser knows whether it is up.
import { find } from "../components/dom.js";
import { emit, on, serverEvents } from "../components/events.js";

export let up = false;

// A page without a session has no websocket. With one it reconnects for as long as it takes;
// NiceGUI would reload the page after 20 s, and lose it while the server is away.
const anonymous = document.querySelector("script[data-anonymous]").dataset.anonymous === "true";
const options = { autoConnect: !anonymous, timeout: 3600_000, reconnectionDelayMax: 4000 };
const connect = window.io;
window.io = (url, theirs) => {
  const socket = connect(url, { ...theirs, ...options });
  socket.on("connect", () => { show(true); emit("connected"); });
  socket.on("disconnect", () => show(false));
  socket.on("connect_error", () => { show(false); checkSession(); });
  socket.io.on("reconnect_attempt", () => emit("reconnecting"));
  socket.io.on("open", () => socket.io.engine.on("packetCreate", (packet) => emit("packet", packet)));
  for (const name of serverEvents) socket.on(name, (fields) => emit(name, fields));
  return socket;
};

function show(isUp) {
  up = isUp;
  const notice = find("connection");
  if (!notice) return;
  notice.hidden = isUp;
  notice.textContent = isUp ? "" : notice.dataset.wordLost;
}

async function checkSession() { // the server is away, or has ended the session
  const answer = await fetch("/session", { redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload();
}

on("chat_session_ended", () => location.assign("/login"));
on("chat_reload", () => location.reload());
on("chat_stylesheet", ({ href }) => { document.getElementById("chat-style").href = href; });
