// Sending files one after the other, in their order: only the browser can read them, and knows how
// much of one has been sent.
import { actions } from "../components/actions.js";
import { discard, drawPending, markFailed, markStored, pendingInOrder, pendingOf } from "./outbox.js";
import { on } from "../realtime/connection.js";

const AGAIN = 5000; // milliseconds until the next attempt when the server was too busy
let sending;

function sendNext() {
  if (sending) return;
  sending = pendingInOrder().find((sent) => sent.file && !sent.reason && !(sent.notBefore > Date.now()));
  if (sending) send(sending);
}
on("file-pending", sendNext);

function send(sent) {
  const form = new FormData();
  form.append("id", sent.id);
  form.append("text", sent.text);
  form.append("reply", sent.reply ?? "");
  for (const fact of ["wave", "seconds"]) { // of a voice note: see voice_note.js
    if (sent.file[fact]) form.append(fact, sent.file[fact]);
  }
  form.append("file", sent.file, sent.file.name); // last: by then the server knows what it is for
  const fail = () => markFailed({
    id: sent.id,
    sentence: request.response?.sentence ?? document.querySelector(".tray")?.dataset.wordBroken ?? "!",
  });
  const request = sent.request = new XMLHttpRequest(); // fetch does not report upload progress
  request.responseType = "json";
  request.open("POST", `/rooms/${sent.room}/files`);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    sent.part = loaded / total;
    drawPending();
  });
  request.addEventListener("load", () => {
    if (request.status === 201) markStored(sent.id);
    else if (request.status === 429) sent.notBefore = Date.now() + AGAIN;
    else fail();
  });
  request.addEventListener("error", fail);
  request.addEventListener("loadend", () => {
    sent.request = sending = undefined;
    if (sent.notBefore > Date.now()) setTimeout(sendNext, AGAIN + 100);
    sendNext();
  });
  request.send(form);
}

actions["cancel-file"] = (button) => {
  const sent = pendingOf(button);
  discard(button.closest(".message").dataset.clientId); // first: aborting starts the next upload
  sent?.request?.abort();
};

addEventListener("beforeunload", (event) => { // files that are not sent are lost with the page
  if (pendingInOrder().some((sent) => sent.file && !sent.reason)) event.preventDefault();
});
