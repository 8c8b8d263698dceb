// What is filled in and not sent yet, such as a poll, stays in this tab for its place, which `data-keep`
// names.
import { frame } from "./dom.js";
import { tabStore } from "./storage.js";
import { on } from "../realtime/connection.js";

const keyOf = (form) => `chat-form:${frame().dataset.meId}:${form.dataset.keep}`;
const formAround = ({ target }) => target.closest?.("form[data-keep]");
let filled; // the form that has what was kept

document.addEventListener("input", (event) => {
  const form = formAround(event);
  if (form) tabStore.set(keyOf(form), JSON.stringify([...new FormData(form)]));
});

document.addEventListener("submit", (event) => {
  const form = formAround(event);
  if (form) tabStore.drop(keyOf(form));
});

on("drawn", () => {
  const form = document.querySelector("form[data-keep]");
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
