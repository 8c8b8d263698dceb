// Forms: what is filled in goes to Python; what Python refuses is tied to the field that it is about.
import { tell } from "../dom.js";
import { goTo } from "../navigation.js";
import { store, tabStore } from "../storage.js";
import { on } from "../../realtime/connection.js";
import { momentOf } from "../times.js";

const ANSWER_WITHIN = 30_000; // milliseconds

// What is pressed twice, as on a slow phone, is sent once.
function isSentAlready(form) {
  const isAnswered = form.classList.contains("live") || form.getAttribute("method") === "post";
  if (!isAnswered || form.ariaBusy) return Boolean(form.ariaBusy);
  form.ariaBusy = "true";
  setTimeout(() => { form.ariaBusy = null; }, ANSWER_WITHIN);
  return false;
}
const unlock = () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.ariaBusy = null;
};
on("connected", unlock); // the answer may be lost
addEventListener("pageshow", unlock); // one came back to the page
on("chat_form_answered", ({ form }) => {
  const answered = document.getElementById(`c${form}`);
  if (answered) answered.ariaBusy = null;
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (isSentAlready(form)) {
    event.preventDefault();
    return;
  }
  const fields = new FormData(form);
  for (const { name, value } of form.querySelectorAll("[type=datetime-local]")) {
    fields.set(name, momentOf(value)); // Python does not know the reader's clock
  }
  if ("form" in form.dataset) {
    event.preventDefault();
    tell(form, "filled", Object.fromEntries(fields));
  } else if ("search" in form.dataset) { // a search is an address, so that one can go back
    event.preventDefault();
    goTo(`${form.getAttribute("action")}?${new URLSearchParams(fields)}`);
  } else if ("logout" in form.dataset) { // nothing stays on a machine that others may use
    for (const each of [store, tabStore]) each.keys("chat-").forEach(each.drop);
  }
});

let shown = []; // the sentences that are tied

on("drawn", () => {
  const sentences = [...document.querySelectorAll(".live > .refusal")];
  shown.filter((sentence) => !sentences.includes(sentence)).forEach(untie);
  sentences.filter((sentence) => !shown.includes(sentence)).forEach(tie);
  shown = sentences;
});

function untie({ id }) {
  for (const tied of document.querySelectorAll(`[aria-describedby="${id}"]`)) {
    tied.removeAttribute("aria-describedby");
    tied.removeAttribute("aria-invalid");
  }
}

function tie({ id, dataset, parentElement: form }) {
  const named = dataset.about ? form.querySelector(`[name="${CSS.escape(dataset.about)}"]`) : null;
  const field = named?.checkVisibility() ? named : null;
  (field ?? form).setAttribute("aria-describedby", id);
  if (field) field.ariaInvalid = true;
  else form.tabIndex = -1;
  const { activeElement } = document; // who went on elsewhere stays there
  if (activeElement === document.body || form.contains(activeElement)) (field ?? form).focus();
}
