// The bar above the messages, while the first unread one is above what is on the screen.
import { actions } from "../components/actions.js";
import { find, format } from "../components/dom.js";
import { goTo } from "../components/navigation.js";
import { on } from "../realtime/connection.js";
import { unreadSeparator } from "./separators.js";
import { current } from "./state.js";

let first; // the first unread message
let isLoaded; // whether it is in the timeline, if above the screen
let isSeen; // whether it was on the screen since the room was opened

function update() {
  const bar = find("unread-bar");
  if (!bar || !current.timeline) return;
  if (!isSeen && isLoaded) { // this forces a layout
    const separator = unreadSeparator();
    isSeen = !separator || separator.offsetTop + separator.offsetHeight >= current.timeline.scrollTop;
  }
  bar.hidden = isSeen;
}

on("shown", ({ how, first: top, read, newest }) => {
  if (how === "start") isSeen = newest <= read;
  [first, isLoaded] = [read + 1, top <= read + 1];
  const bar = find("unread-bar");
  if (bar) bar.querySelector(".words").textContent = format(bar.dataset.word, { count: newest - read });
  update();
});
on("room-read", (room) => {
  if (room !== current.room) return;
  isSeen = true;
  update();
});
document.addEventListener("scroll", ({ target }) => {
  if (target === current.timeline && !isSeen) update();
}, { capture: true, passive: true });

actions["first-unread"] = () => {
  if (isLoaded) unreadSeparator()?.scrollIntoView({ block: "center" });
  else goTo(`/rooms/${current.room}/messages/${first}`);
};
