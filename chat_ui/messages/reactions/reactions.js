// Reactions: which are the reader's own, and adding or removing one.
import { actions } from "../../components/actions.js";
import { formatCount, listen } from "../../components/dom.js";
import { pickEmoji } from "../../components/emoji/emoji.js";
import { on, sendToServer } from "../../realtime/connection.js";
import { current, isMine, messageAt, seqOf } from "../../rooms/state.js";

const ANSWER_WITHIN = 2000; // milliseconds; a refusal draws nothing
const chips = (message) => [...message.querySelectorAll(".reaction[data-emoji]")];

on("decorate", (message) => {
  for (const chip of chips(message)) {
    const { by, emoji } = chip.dataset;
    chip.setAttribute("aria-pressed", isMine(chip));
    chip.ariaDisabled = null;
    const count = by.split(" ").length;
    chip.ariaLabel = formatCount(current.timeline.dataset, "wordReacted", { count, emoji });
  }
  const [more, words] = [message.querySelector(".reaction.more"), current.timeline.dataset.wordReact];
  if (more) Object.assign(more, { title: words, ariaLabel: words });
});

function react(seq, emoji, adds) { // without `adds` a reaction that is there is taken back
  const message = messageAt(seq);
  const chip = message && chips(message).find((each) => each.dataset.emoji === emoji);
  if (chip?.ariaDisabled) return;
  if (chip) { // not `disabled`, which would take the focus from it
    chip.ariaDisabled = "true";
    setTimeout(() => { chip.ariaDisabled = null; }, ANSWER_WITHIN);
  }
  sendToServer("react", { room: current.room, seq, emoji, on: adds || !(chip && isMine(chip)) });
}

const seqAround = (button) => seqOf(button.closest(".message"));
actions.react = (button) => react(seqAround(button), button.dataset.emoji, false);
actions["react-more"] = (button) => {
  const [seq, { room }] = [seqAround(button), current]; // the message may be drawn again
  pickEmoji(button, (emoji) => { if (current.room === room) react(seq, emoji, true); });
};

// Who reacted: with the other mouse button, or a finger that rests on it.
listen("contextmenu", ".reaction[data-emoji]", (chip, event) => {
  event.preventDefault();
  sendToServer("message_action", { action: "reactions", room: current.room, seq: seqAround(chip) });
});
