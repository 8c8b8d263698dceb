// Polls: the reader's own choice, the words under the answers, and closing in time.
import { actions } from "../components/actions.js";
import { format } from "../components/dom.js";
import { formatDateTime } from "../components/times.js";
import { on, sendToServer } from "../realtime/connection.js";
import { current, isMine, messageAt, seqOf } from "../rooms/state.js";

const ANSWER_WITHIN = 2000; // milliseconds
const LONGEST_WAIT = 2 ** 31 - 1; // milliseconds that a browser's timer can wait

// What the reader chose in anonymous polls is not in their HTML: it comes for them alone.
const ownVotes = new Map(); // by room and seq
const keyOf = (room, seq) => `${room}/${seq}`;
const seqAround = (poll) => seqOf(poll.closest(".message"));
const isAnonymous = (poll) => "anonymous" in poll.dataset;
const options = (poll) => [...poll.querySelectorAll(".poll-option")];
const numberOf = (option) => Number(option.dataset.number);

on("decorate", (message) => {
  const poll = message.querySelector(".poll");
  if (poll) show(poll);
});

function show(poll) {
  const closes = poll.dataset.closes && new Date(poll.dataset.closes);
  const isClosed = Boolean(closes) && closes <= Date.now();
  const chosen = chosenIn(poll);
  poll.classList.toggle("closed", isClosed);
  for (const option of options(poll)) {
    option.setAttribute("aria-pressed", chosen.includes(numberOf(option)));
    option.disabled = isClosed;
  }
  const words = current.timeline.dataset;
  poll.querySelector(".poll-foot").textContent = [
    format(words.wordVoters, { count: poll.dataset.voters }),
    "multiple" in poll.dataset && words.wordSeveral,
    isAnonymous(poll) && words.wordAnonymous,
    isClosed && words.wordClosed,
    closes && !isClosed && format(words.wordCloses, { when: formatDateTime(poll.dataset.closes) }),
  ].filter(Boolean).join(" · ");
  if (closes && !isClosed && !poll.dataset.waits) {
    poll.dataset.waits = "";
    setTimeout(() => {
      delete poll.dataset.waits;
      if (poll.isConnected) show(poll);
    }, Math.min(closes - Date.now() + 50, LONGEST_WAIT));
  }
}

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
  const number = numberOf(button);
  const chosen = chosenIn(poll);
  const others = "multiple" in poll.dataset ? chosen.filter((each) => each !== number) : [];
  const numbers = chosen.includes(number) ? others : [...others, number];
  for (const option of options(poll)) option.disabled = true; // until the answer, or for a while
  setTimeout(() => { if (poll.isConnected) show(poll); }, ANSWER_WITHIN);
  sendToServer("vote", { room: current.room, seq: seqAround(poll), numbers, anonymous: isAnonymous(poll) });
};
