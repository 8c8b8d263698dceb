// Sending files one after the other, in their order: only the browser can read them, and knows how
// much of one has been sent.
import { actions } from "../../components/actions.js";
import { format } from "../../components/dom.js";
import { canBeRead } from "./file_preview.js";
import { discard, drawPending, markFailed, markStored, pendingInOrder, pendingOf } from "../outbox.js";
import { on } from "../../realtime/connection.js";
import { warnBeforeLoss } from "../../realtime/leaving.js";

const AGAIN = 5000; // milliseconds until the next attempt when the server was too busy
// What to say when it was not the chat that answered, but a proxy before it.
const WORDS = { 0: "wordBroken", 413: "wordProxy", 502: "wordAway", 503: "wordAway", 504: "wordAway" };
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
  const fail = async () => {
    const isThere = request.status || await canBeRead(sent.file);
    const word = isThere ? WORDS[request.status] ?? "wordRefused" : "wordChanged";
    const words = document.querySelector(".tray")?.dataset[word] ?? "!";
    const sentence = request.response?.sentence ?? format(words, { status: request.status });
    markFailed({ id: sent.id, sentence });
  };
  const request = sent.request = new XMLHttpRequest(); // fetch does not report upload progress
  request.responseType = "json";
  request.open("POST", `/rooms/${sent.room}/files`);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    sent.part = loaded / total;
    drawPending();
  });
  request.addEventListener("loadend", async () => {
    if (request.status === 201) markStored(sent.id);
    else if (request.status === 429) sent.notBefore = Date.now() + AGAIN;
    else await fail();
    sent.request = sending = undefined;
    if (sent.notBefore > Date.now()) setTimeout(sendNext, AGAIN + 100);
    sendNext();
  });
  request.send(form);
}

actions.discard = (button) => {
  const sent = pendingOf(button);
  discard(button.closest(".message").dataset.clientId); // first: aborting starts the next upload
  sent?.request?.abort();
};

// Files that are not sent are lost with the page.
warnBeforeLoss(() => pendingInOrder().some((sent) => sent.file && !sent.reason));
