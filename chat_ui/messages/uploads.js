// Uploads: sending files one after the other, so that they come in their order.
//
// The browser alone reads what is on the person's machine, and knows how far it has been sent.
import { drawWaiting, failed, forget, stored, waiting } from "./outbox.js";

const broken = () => document.querySelector(".tray")?.dataset.wordBroken ?? "!";
const AGAIN = 5000; // milliseconds after which a server that was too busy is asked again
let sending; // what is on its way

export function sendNext() {
  if (sending) return;
  sending = [...waiting.values()].filter((sent) => sent.file && !sent.reason && !(sent.notBefore > Date.now()))
    .sort((a, b) => a.at - b.at)[0];
  if (sending) send(sending);
}

function send(sent) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ id: sent.id, text: sent.text, reply: sent.reply ?? "" })) form.append(name, value);
  form.append("file", sent.file, sent.file.name); // last: the server knows by then what it is for
  const request = sent.request = new XMLHttpRequest(); // fetch tells nothing of how far it is
  request.responseType = "json";
  request.open("POST", `/rooms/${sent.room}/files`);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    sent.part = loaded / total;
    drawWaiting();
  });
  request.addEventListener("load", () => {
    if (request.status === 201) stored(sent.id);
    else if (request.status === 429) sent.notBefore = Date.now() + AGAIN;
    else failed({ id: sent.id, sentence: request.response?.sentence ?? broken() });
  });
  request.addEventListener("error", () => failed({ id: sent.id, sentence: broken() }));
  request.addEventListener("loadend", () => {
    sent.request = sending = undefined;
    if (sent.notBefore > Date.now()) setTimeout(sendNext, AGAIN + 100);
    sendNext();
  });
  request.send(form);
}

export function cancel(button) {
  const { clientId } = button.closest(".message").dataset;
  const request = waiting.get(clientId)?.request;
  forget(clientId); // first: aborting goes on to the next
  request?.abort();
}

addEventListener("beforeunload", (event) => { // a page that goes takes files that are not sent with it
  if ([...waiting.values()].some((sent) => sent.file && !sent.reason)) event.preventDefault();
});
