// Folds messages and files of people that the reader has blocked: Python draws them
// once for everybody.
import { actions } from "../components/actions.js";
import { copyTemplate, frame } from "../components/dom.js";
import { on } from "../realtime/connection.js";

let before = "";

on("drawn", () => {
  const blocked = frame()?.dataset.blocked ?? "";
  if (blocked !== before) { // somebody was blocked or unblocked
    document.querySelectorAll("[data-folded]").forEach(unfold);
    before = blocked;
  }
  for (const id of blocked.split(" ").filter(Boolean)) {
    const theirs = `:is(.message, .sent-file)[data-author-id="${Number(id)}"]:not([data-folded])`;
    for (const element of document.querySelectorAll(theirs)) {
      element.dataset.folded = "";
      element.append(copyTemplate("unfold-template"));
    }
  }
});

function unfold(element) {
  delete element.dataset.folded;
  element.querySelector(":scope > .unfold")?.remove();
}

actions.unfold = (button) => { // only this one, and as long as it is shown
  button.parentElement.dataset.folded = "open";
  button.remove();
};
