// Folds what people have said that the reader has blocked, wherever it is shown: Python draws it once for
// everybody.
import { actions } from "../components/actions.js";
import { copyTemplate, frame } from "../components/dom.js";
import { on } from "../realtime/connection.js";

const WHOLE = ".message, .message-card, .hit, .sent-file"; // with a button that shows it
const WITHIN_A_LINK = ".quote, .hit-beside"; // it leads to the message
let before = "";

on("drawn", () => {
  const blocked = frame()?.dataset.blocked ?? "";
  if (blocked !== before) { // somebody was blocked or unblocked
    document.querySelectorAll("[data-folded]").forEach(unfold);
    before = blocked;
  }
  for (const id of blocked.split(" ").filter(Boolean)) {
    const theirs = `:is(${WHOLE}, ${WITHIN_A_LINK})[data-author-id="${Number(id)}"]:not([data-folded])`;
    for (const element of document.querySelectorAll(theirs)) {
      element.dataset.folded = "";
      element.append(copyTemplate(element.matches(WHOLE) ? "unfold-template" : "folded-template"));
    }
  }
});

function unfold(element) {
  delete element.dataset.folded;
  element.querySelector(":scope > :is(.unfold, .folded)")?.remove();
}

actions.unfold = (button) => { // only this one, and as long as it is shown
  button.parentElement.dataset.folded = "open";
  button.remove();
};
