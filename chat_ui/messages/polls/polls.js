// Polls: the reader's own choice, and closing in time.
import { actions } from "../../components/actions.js";
import { format } from "../../components/dom.js";
import { serverNow } from "../../components/server_clock.js";
import { on, sendToServer } from "../../realtime/connection.js";
import { current, isMine, messageAt, seqOf } from "../../rooms/state.js";

const ANSWER_WITHIN = 2000; // milliseconds

// What the reader chose in anonymous polls is not in their HTML: it comes for them alone.
const ownVotes = new Map(); // by room and seq
const keyOf = (room, seq) => `${room}/${seq}`;
const seqAround = (poll) => seqOf(poll.closest(".message"));
const isOver = ({ dataset }) => Date.parse(dataset.closes) <= serverNow(); // not without a time
const isAnonymous = (poll) => "anonymous" in poll.dataset;
const options = (poll) => [...poll.querySelectorAll(".poll-option")];
const numberOf = (option) => Number(option.dataset.number);

on("decorate", (message) => {
  const poll = message.querySelector(".poll");
  if (poll) show(poll);
});

function show(poll) {
  const isClosed = isOver(poll);
  const chosen = chosenIn(poll);
  const words = current.timeline.dataset;
  poll.classList.toggle("closed", isClosed);
  poll.ariaBusy = null;
  for (const option of options(poll)) {
    const said = (part) => option.querySelector(part).textContent;
    const [text, count, percent] = [said(".text"), said(".many"), said(".percent")];
    option.setAttribute("aria-checked", chosen.includes(numberOf(option)));
    option.ariaLabel = format(words.wordVotes, { text, count, percent });
    option.disabled = isClosed;
  }
}

setInterval(() => { // some close while they are shown
  [...document.querySelectorAll(".poll:not(.closed)")].filter(isOver).forEach(show);
}, 1000);

function chosenIn(poll) {
  if (isAnonymous(poll)) return ownVotes.get(keyOf(current.room, seqAround(poll))) ?? [];
  return options(poll).filter(isMine).map(numberOf);
}

on("chat_own_votes", ({ room, votes }) => {
  for (const [seq, numbers] of Object.entries(votes)) {
    ownVotes.set(keyOf(room, seq), numbers);
    const poll = room === current.room && messageAt(seq)?.querySelector(".poll");
    if (poll) show(poll);
  }
});

actions.vote = (button) => { // what is chosen already is taken back
  const poll = button.closest(".poll");
  if (poll.ariaBusy) return;
  const number = numberOf(button);
  const chosen = chosenIn(poll);
  const others = "multiple" in poll.dataset ? chosen.filter((each) => each !== number) : [];
  const numbers = chosen.includes(number) ? others : [...others, number];
  poll.ariaBusy = "true"; // until the answer, or for a while; disabled, the button would lose the focus
  setTimeout(() => { if (poll.isConnected) show(poll); }, ANSWER_WITHIN);
  sendToServer("vote", { room: current.room, seq: seqAround(poll), numbers, anonymous: isAnonymous(poll) });
};
