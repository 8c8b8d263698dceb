// What people send whom one has blocked is folded here: messages, since they are drawn alike for
// all, and in the list of a room's files alike.
import { actions } from "../components/clicks.js";
import { frame } from "../components/dom.js";

const FOLDED = ".message, .sent-file";
let before = "";

export function fold() {
  const ids = frame()?.dataset.blocked ?? "";
  if (ids !== before) { // somebody was blocked or unblocked: begin anew
    for (const message of document.querySelectorAll("[data-folded]")) unfold(message);
    before = ids;
  }
  if (!ids) return;
  for (const id of ids.split(" ")) {
    for (const message of document.querySelectorAll(`:is(${FOLDED})[data-author-id="${Number(id)}"]:not([data-folded])`)) {
      message.dataset.folded = "";
      const show = document.createElement("button");
      show.type = "button";
      show.className = "unfold";
      show.dataset.action = "unfold";
      show.textContent = frame().dataset.wordBlocked;
      message.append(show);
    }
  }
}

function unfold(message) {
  delete message.dataset.folded;
  message.querySelector(":scope > .unfold")?.remove();
}

actions.unfold = (button) => { // only this one, and as long as it is shown
  const message = button.closest(FOLDED);
  message.dataset.folded = "open";
  button.remove();
};

new MutationObserver(fold).observe(document.documentElement, {
  attributes: true, attributeFilter: ["data-blocked"], subtree: true,
});
