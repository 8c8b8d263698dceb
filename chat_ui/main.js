// What the browser alone can do. Everything else is Python.
//
// Python hears of what happens here by CustomEvents on what it drew (dom.js),
// and speaks to it by the few Socket.IO events below. Nothing here decides who may do what.
import { showTitle } from "./rooms/unread_badge.js";
import { fold } from "./people/blocked.js";
import "./components/clicks.js";
import { edited, follow, giveBack, startEditing } from "./rooms/composer.js";
import "./components/emoji.js";
import "./rooms/attachments.js";
import "./components/form.js";
import "./components/shortcuts.js";
import { connection, refused } from "./realtime/connection.js";
import "./messages/menu.js";
import { named } from "./rooms/mention_autocomplete.js";
import { called } from "./rooms/notifications.js";
import { failed, waiting } from "./messages/outbox.js";
import { ownVotes } from "./messages/polls.js";
import "./messages/reactions.js";
import { heard, listed, listRooms, readTo, standing } from "./rooms/sidebar.js";
import { look, presence, presenceIsBack } from "./people/presence.js";
import { crowd, keepUnread, withHeartbeat } from "./rooms/read_position.js";
import { receipts } from "./messages/read_receipts.js";
import { found, nameKeys } from "./search/quick_switcher.js";
import { focusSearch } from "./search/page.js";
import { showTimes, showZones, tellZone } from "./components/times.js";
import "./rooms/unread_bar.js";
import { showTurns } from "./components/lightbox.js";
import { amend, lineIsTriedAgain, lineIsUp, mount, receive, room, timeline } from "./rooms/timeline.js";
import { typists } from "./rooms/typing_indicator.js";

// A page without a session has no websocket; with one, it tries again for as long as it takes
// (NiceGUI would load the page anew after 20 s, and so lose it while the server is away).
const anonymous = document.querySelector("script[data-anonymous]").dataset.anonymous === "true";
const plain = window.io;
window.io = (url, options) => {
  const socket = plain(url, {
    ...options, autoConnect: !anonymous, timeout: 3600_000, reconnectionDelayMax: 4000,
  });
  listen(socket);
  return socket;
};

function listen(socket) {
  socket.on("connect", () => {
    connection(true);
    for (const sent of waiting.values()) sent.asked = undefined; // the answer may have been lost with the line
    giveBack();
    lineIsUp();
    tellZone();
    presenceIsBack();
  });
  socket.io.on("reconnect_attempt", lineIsTriedAgain);
  socket.io.on("open", () => socket.io.engine.on("packetCreate", withHeartbeat));
  socket.on("disconnect", () => connection(false));
  socket.on("connect_error", () => { connection(false); refused(); });
  socket.on("chat_message_changes", amend);
  socket.on("chat_own_votes", ownVotes);
  socket.on("chat_edit_text", startEditing);
  socket.on("chat_edit_result", edited);
  socket.on("chat_messages", (news) => {
    if (news.how === "live" && news.room === room) crowd(news.crowd); // first: it says how reading is told
    receive(news);
  });
  socket.on("chat_room_list", listRooms);
  socket.on("chat_send_refused", failed);
  socket.on("chat_receipts", receipts);
  socket.on("chat_presence", presence);
  socket.on("chat_typing", typists);
  socket.on("chat_person_changed", renamed);
  socket.on("chat_room_activity", ({ room: where, last, messages }) => { called(where, messages); heard(where, messages, last); });
  socket.on("chat_read_elsewhere", ({ room: where, seq }) => readTo(where, seq));
  socket.on("chat_membership_changed", (news) => {
    if (news.marked) keepUnread(news.room);
    standing(news);
  });
  socket.on("chat_name_suggestions", named);
  socket.on("chat_quick_search_results", found);
  socket.on("chat_address", ({ path }) => history.pushState(null, "", path));
  socket.on("chat_session_ended", () => location.assign("/login"));
  socket.on("chat_stylesheet", ({ href }) => { document.getElementById("chat-style").href = href; });
  socket.on("chat_reload", () => location.reload());
}

function renamed({ author, name, avatar }) {
  for (const message of timeline?.querySelectorAll(`[data-seq][data-author="${CSS.escape(author)}"]`) ?? []) {
    message.querySelector(".author").textContent = name;
    message.querySelector(".avatar").outerHTML = avatar;
  }
}

new MutationObserver(() => {
  for (const each of [mount, focusSearch, follow, listed, showTitle, showZones, fold, nameKeys, look, showTurns]) each();
  showTimes(document);
}).observe(document.documentElement, { childList: true, subtree: true });
