// Sending later: times by the reader's clock, and a text that stays in the composer until it is stored.
import { actions } from "../../components/actions.js";
import { format } from "../../components/dom.js";
import { formatTime } from "../../components/times.js";
import { newId } from "../../messages/outbox.js";
import { on, sendToServer } from "../../realtime/connection.js";
import { clearWritten, lock, putBack, written } from "./composer.js";
import { current } from "../state.js";

const HOUR = 3600_000, MORNING = 9; // milliseconds, and o'clock
const ANSWER_WITHIN = 30_000; // milliseconds
let asked; // what was asked for, until the answer
let lost; // what had no answer: it may be stored, so the same has the same id when it is asked for again

const morning = (days) => {
  const day = new Date();
  day.setDate(day.getDate() + days);
  day.setHours(MORNING, 0, 0, 0);
  return day;
};
const untilMonday = () => (8 - new Date().getDay()) % 7 || 7; // days
const times = {
  hour: () => new Date(Date.now() + HOUR),
  tomorrow: () => morning(1),
  monday: () => morning(untilMonday()),
};
const menu = () => document.getElementById("send-later");

document.addEventListener("beforetoggle", ({ target, newState }) => {
  if (newState !== "open" || target !== menu()) return;
  for (const entry of target.querySelectorAll("[data-word]")) {
    const { at, word } = entry.dataset;
    entry.querySelector("span").textContent = format(word, { time: formatTime(times[at]()) });
    entry.hidden = at === "monday" && untilMonday() === 1; // that is tomorrow
  }
}, true);

actions["send-later"] = () => setTimeout(() => menu().showPopover()); // after the menu that it is in closes

actions["send-at"] = ({ dataset: { at } }) => { // without a time, Python asks for one
  const message = written();
  if (!message) return;
  const time = times[at]?.().toISOString() ?? "";
  const wanted = { room: current.room, text: message.text, reply: message.reply ?? null, at: time };
  asked = { ...wanted, id: isLost(wanted) ? lost.id : newId() };
  if (time) lock(true);
  sendToServer("send_later", asked);
  const { id } = asked;
  setTimeout(() => { if (time && asked?.id === id) giveUp(); }, ANSWER_WITHIN);
};

const isLost = ({ room, text, reply }) => lost?.room === room && lost.text === text && lost.reply === reply;

function giveUp() {
  lost = asked;
  unlock();
}

function unlock() { // where it was asked for
  if (asked.room === current.room) lock(false);
  asked = undefined;
}

on("chat_schedule_result", ({ id, stored }) => {
  if (id !== asked?.id) return;
  if (!stored) { unlock(); return; }
  clearWritten(asked);
  asked = lost = undefined;
});
on("connected", () => { // the answer may be lost; with the same id nothing is scheduled twice
  if (asked?.at) sendToServer("send_later", asked);
});

on("chat_scheduled_text", (message) => {
  if (putBack(message)) sendToServer("scheduled_taken", { id: message.id });
});
