// Polls: one's own choice, the words under the answers, and that the time is over.
import { actions } from "../components/clicks.js";
import { tellPage } from "../components/dom.js";
import { messages, room, seqOf, timeline, whenDressed } from "../rooms/timeline.js";
import { long } from "../components/times.js";

// What one chose in anonymous polls is not in their HTML: it is asked for, for oneself alone.
const own = new Map(); // by room and seq
const asking = new Map(); // by room: the polls to ask about next
const key = (where, seq) => `${where}/${seq}`;
const options = (poll) => [...poll.querySelectorAll(".poll-option")];

whenDressed((message) => {
  const poll = message.querySelector(".poll");
  if (!poll) return;
  if ("anonymous" in poll.dataset && !own.has(key(room, seqOf(message)))) askFor(room, seqOf(message));
  show(poll, message);
});

function show(poll, message) {
  const closes = poll.dataset.closes && new Date(poll.dataset.closes);
  const closed = Boolean(closes) && closes <= Date.now();
  const chosen = chosenIn(poll, seqOf(message));
  poll.classList.toggle("closed", closed);
  for (const option of options(poll)) {
    option.setAttribute("aria-pressed", chosen.includes(Number(option.dataset.number)));
    option.disabled = closed;
  }
  const words = timeline.dataset;
  poll.querySelector(".poll-foot").textContent = [
    words.wordVoters.replace("{count}", poll.dataset.voters),
    "multiple" in poll.dataset && words.wordSeveral,
    "anonymous" in poll.dataset && words.wordAnonymous,
    closed ? words.wordClosed : closes && words.wordCloses.replace("{when}", long(poll.dataset.closes)),
  ].filter(Boolean).join(" · ");
  if (closes && !closed && !poll.dataset.waits) { // the longest time that a browser can wait for
    poll.dataset.waits = "";
    setTimeout(() => { delete poll.dataset.waits; if (poll.isConnected) show(poll, message); },
      Math.min(closes - Date.now() + 50, 2 ** 31 - 1));
  }
}

function chosenIn(poll, seq) {
  if ("anonymous" in poll.dataset) return own.get(key(room, seq)) ?? [];
  return options(poll).filter((option) => option.dataset.by.split(" ").includes(timeline.dataset.meId))
    .map((option) => Number(option.dataset.number));
}

function askFor(where, seq) { // once for all that are drawn together
  if (!asking.has(where)) {
    asking.set(where, new Set());
    setTimeout(() => {
      const seqs = [...asking.get(where)].slice(0, 100);
      asking.delete(where);
      if (where === room) tellPage("ownvotes", { room: where, seqs });
    }, 50);
  }
  asking.get(where).add(seq);
}

export function ownVotes({ room: where, votes }) {
  for (const [seq, numbers] of Object.entries(votes)) {
    own.set(key(where, seq), numbers);
    if (!timeline || where !== room) continue;
    const message = [...messages()].find((each) => seqOf(each) === Number(seq));
    const poll = message?.querySelector(".poll");
    if (poll) show(poll, message);
  }
}

actions.vote = (button) => { // what is chosen already is taken back
  const poll = button.closest(".poll");
  const seq = seqOf(button.closest(".message"));
  const number = Number(button.dataset.number);
  const before = chosenIn(poll, seq);
  const rest = before.filter((each) => each !== number);
  const numbers = before.includes(number) ? rest : "multiple" in poll.dataset ? [...rest, number] : [number];
  for (const option of options(poll)) option.disabled = true; // until the answer, or for a while
  setTimeout(() => { if (poll.isConnected) show(poll, button.closest(".message")); }, 2000);
  tellPage("vote", { room, seq, numbers, anonymous: "anonymous" in poll.dataset });
};
