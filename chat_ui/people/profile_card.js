// Who wrote a message, at a click on their face or name: Python draws it, menu.js puts it there.
import { actions } from "../components/actions.js";
import { isPlainClick, listen } from "../components/dom.js";
import { on, sendToServer } from "../realtime/connection.js";
import { current } from "../rooms/state.js";

const card = () => document.getElementById("profile-card");

listen("click", ".message > .avatar, .message .author", (face, event) => {
  if (!isPlainClick(event)) return;
  event.preventDefault();
  card().opener = face;
  const username = face.closest(".message").dataset.author;
  sendToServer("profile_card", { room: current.room, username });
}, true);

on("chat_profile_card", ({ html }) => {
  card().innerHTML = html;
  card().showPopover();
});

actions.talk = ({ dataset }) => sendToServer("open_direct", { people: [dataset.username] });
