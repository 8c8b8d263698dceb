// What is filled in and not sent yet, such as a poll, stays in this tab for its place, which `data-keep`
// names.
import { frame, listen } from "../dom.js";
import { tabStore } from "../storage.js";
import { on } from "../../realtime/connection.js";

const KEPT = "form[data-keep]";
const keyOf = (form) => `chat-form:${frame().dataset.meId}:${form.dataset.keep}`;
let filled; // the form that has what was kept

listen("input", KEPT, (form) => tabStore.set(keyOf(form), JSON.stringify([...new FormData(form)])));
listen("submit", KEPT, (form) => tabStore.drop(keyOf(form)));

on("drawn", () => {
  const form = document.querySelector(KEPT);
  if (form && form !== filled) fill(form);
  filled = form;
});

function fill(form) {
  for (const [name, value] of tabStore.getJson(keyOf(form)) ?? []) {
    const field = form.elements.namedItem(name);
    if (field?.type === "checkbox") field.checked = true;
    else if (field) field.value = value;
  }
}
