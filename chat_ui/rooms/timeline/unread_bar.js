// The bar above the messages, while the first unread one is above what is on the screen.
import { actions } from "../../components/actions.js";
import { find, format } from "../../components/dom.js";
import { goTo } from "../../components/navigation.js";
import { on } from "../../realtime/connection.js";
import { unreadSeparator } from "./separators.js";
import { counts, current, messages, seqOf } from "../state.js";

const BELOW = "0px 0px 10000000px 0px"; // all below the upper edge counts as on the screen
let first, last; // the first unread message, and the newest one
let count = 0; // of those that are unread
let isLoaded; // whether it is in the timeline, if above the screen
let isSeen; // whether it was on the screen since the room was opened
let observer; // of the separator above it

function update(sees) {
  isSeen ||= sees;
  const bar = find("unread-bar");
  if (bar) bar.hidden = isSeen;
}

function showCount() {
  const bar = find("unread-bar");
  if (!bar) return;
  const skipped = [...messages()].filter((message) => seqOf(message) >= first && !counts(message));
  count = last - first + 1 - skipped.length;
  bar.querySelector(".words").textContent = format(bar.dataset.word, { count });
}

on("shown", ({ how, first: top, read, newest }) => {
  [first, last] = [read + 1, newest];
  showCount();
  if (how === "start") isSeen = count <= 0;
  isLoaded = top <= first;
  observer?.disconnect();
  const separator = isLoaded && unreadSeparator();
  if (!separator) { update(isLoaded || count <= 0); return; }
  const options = { root: current.timeline, rootMargin: BELOW };
  observer = new IntersectionObserver(([{ isIntersecting }]) => update(isIntersecting), options);
  observer.observe(separator);
});
on("room-read", (room) => { if (room === current.room) update(true); });

actions["first-unread"] = () => {
  if (isLoaded) unreadSeparator()?.scrollIntoView({ block: "center" });
  else goTo(`/rooms/${current.room}/messages/${first}`);
};
