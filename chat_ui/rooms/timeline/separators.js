// Separators between messages: days in the reader's time zone, the first unread message, and where
// encryption begins.
import { copyTemplate, setText } from "../../components/dom.js";
import { dayOf, formatDay } from "../../components/times.js";
import { on } from "../../realtime/connection.js";
import { counts, current, messages, seqOf } from "../state.js";

const RUN = 300_000; // milliseconds within which messages of one author belong together
let showsUnread = true;

const sibling = (step, wanted) => (element) => {
  do element = element[step]; while (element && !element.matches(wanted));
  return element;
};
const SHOWN = ".message:not(.silent)";
export const previousMessage = sibling("previousElementSibling", ".message"); // shown or not
const messageAbove = sibling("previousElementSibling", SHOWN);
export const nextMessage = sibling("nextElementSibling", SHOWN);
export const dayAbove = ({ previousElementSibling: above }) => (above?.matches(".rule.day") ? above : null);

export function updateSeparators(message) {
  if (!message.matches(SHOWN)) return;
  const when = message.querySelector("time").dateTime;
  const above = messageAbove(message);
  const before = above?.querySelector("time").dateTime;
  const isSameDay = above && dayOf(before) === dayOf(when);
  if (isSameDay) dayAbove(message)?.remove();
  else setText((dayAbove(message) ?? addDay(message)).firstElementChild, formatDay(when));
  message.classList.toggle("continued", Boolean(isSameDay && new Date(when) - new Date(before) < RUN
    && above.dataset.author === message.dataset.author));
}

function addDay(message) {
  message.before(copyTemplate("day-separator"));
  return dayAbove(message);
}

on("day-changed", () => current.timeline?.querySelectorAll(".message").forEach(updateSeparators));

export function updateUnread(read, newest) { // it stays in its place while the messages are read
  const wanted = showsUnread && [...messages()].find((message) =>
    seqOf(message) > read && seqOf(message) <= newest && counts(message));
  const old = unreadSeparator();
  if (old && wanted && nextMessage(old) === wanted) return;
  old?.remove();
  if (wanted) (dayAbove(wanted) ?? wanted).before(copyTemplate("unread-separator"));
}

// Where a room is encrypted, all is plain before, and nothing is afterwards.
export function updateEncryption() {
  const { timeline, detached } = current;
  const rule = timeline?.querySelector(".rule.encryption");
  const all = timeline && "encrypted" in timeline.dataset ? [...messages()] : [];
  const first = all.findIndex((message) => message.matches(".encrypted"));
  const last = first < 0 && !detached ? all.at(-1) : all[first - 1]; // that is plain
  if (!last) rule?.remove();
  else if (!rule) last.after(copyTemplate("encryption-separator"));
  else if (last.nextElementSibling !== rule) last.after(rule);
}
on("drawn", updateEncryption); // it may have been switched on

export const unreadSeparator = () => current.timeline.querySelector(".rule.unread");

export function hideUnread() { // until another view is opened
  showsUnread = false;
  unreadSeparator()?.remove();
}
on("navigated", () => { showsUnread = true; });
