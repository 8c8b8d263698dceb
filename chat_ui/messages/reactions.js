// Reactions: which are one's own, and putting them to messages.
import { actions } from "../components/clicks.js";
import { pickEmoji } from "../components/emoji.js";
import { close } from "./menu.js";
import { tellPage } from "../components/dom.js";
import { messages, room, seqOf, timeline, whenDressed } from "../rooms/timeline.js";

const chips = (message) => [...message.querySelectorAll(".reaction[data-emoji]")];
const isMine = (chip) => chip.dataset.by.split(" ").includes(timeline.dataset.meId);

whenDressed((message) => {
  for (const chip of chips(message)) chip.setAttribute("aria-pressed", isMine(chip));
  const more = message.querySelector(".reaction.more");
  if (more) {
    more.title = timeline.dataset.wordReact;
    more.setAttribute("aria-label", timeline.dataset.wordReact);
  }
});

function react(seq, emoji, always) { // what one has put there already is taken off, unless `always`
  const message = [...messages()].find((each) => seqOf(each) === seq);
  const chip = message && chips(message).find((each) => each.dataset.emoji === emoji);
  const on = always || !(chip && isMine(chip));
  if (chip) { // until the answer has drawn it anew, or for a while when it is refused
    chip.disabled = true;
    setTimeout(() => { chip.disabled = false; }, 2000);
  }
  tellPage("react", { room, seq, emoji, on });
}

actions.react = (button) => {
  react(seqOf(button.closest(".message")), button.dataset.emoji);
  close();
};
actions["react-more"] = (button) => { // by its number: the message may be drawn anew meanwhile
  const seq = seqOf(button.closest(".message"));
  const where = room;
  pickEmoji(button, (emoji) => { if (room === where) react(seq, emoji, true); });
};

// Who it was: with the other mouse button, or a finger that rests on it.
document.addEventListener("contextmenu", (event) => {
  const chip = event.target.closest(".reaction[data-emoji]");
  if (!chip) return;
  event.preventDefault();
  tellPage("act", { action: "reactions", room, seq: seqOf(chip.closest(".message")) });
});
