// Separators between messages: days in the reader's time zone, and the first unread message.
import { copyTemplate, setText } from "../../components/dom.js";
import { dayOf, formatDay } from "../../components/times.js";
import { on } from "../../realtime/connection.js";
import { counts, current, messages, seqOf } from "../state.js";

const RUN = 300_000; // milliseconds within which messages of one author belong together
let showsUnread = true;

const sibling = (step) => (element) => {
  do element = element[step]; while (element && !element.matches(".message"));
  return element;
};
export const previousMessage = sibling("previousElementSibling");
export const nextMessage = sibling("nextElementSibling");
export const dayAbove = ({ previousElementSibling: above }) => (above?.matches(".rule.day") ? above : null);

export function updateSeparators(message) {
  const when = message.querySelector("time").dateTime;
  const above = previousMessage(message);
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

export const unreadSeparator = () => current.timeline.querySelector(".rule.unread");

export function hideUnread() { // until another view is opened
  showsUnread = false;
  unreadSeparator()?.remove();
}
on("navigated", () => { showsUnread = true; });
