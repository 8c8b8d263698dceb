// The bar above messages while the first unread one is further up than what is on the screen.
import { actions, follow } from "../components/clicks.js";
import { find } from "../components/dom.js";
import { whenRead } from "./sidebar.js";
import { room, timeline, toNewest, whenShown } from "./timeline.js";

let first; // the first unread message
let loaded; // whether it is among those that are shown, if further up
let seen; // whether it has been on the screen since the room was opened
const rule = () => timeline.querySelector(".rule.unread");

function look() {
  const bar = find("unread-bar");
  if (!bar || !timeline) return;
  if (!seen && loaded) { // where it is takes a layout: it is asked for only while it may matter
    const line = rule();
    seen = !line || line.offsetTop + line.offsetHeight >= timeline.scrollTop;
  }
  bar.hidden = seen;
}

whenShown(({ how, top, read, newest }) => {
  if (how === "start") seen = newest <= read;
  [first, loaded] = [read + 1, top <= read + 1];
  const words = find("unread-bar")?.querySelector(".words");
  if (words) words.textContent = find("unread-bar").dataset.word.replace("{count}", newest - read);
  look();
});
document.addEventListener("scroll", ({ target }) => { if (target === timeline && !seen) look(); }, { capture: true, passive: true });
whenRead((where) => {
  if (where !== room) return;
  seen = true;
  look();
});

actions["first-unread"] = () => {
  if (loaded) rule()?.scrollIntoView({ block: "center" });
  else follow(`/rooms/${room}/messages/${first}`);
};
actions["mark-read"] = toNewest; // what is at the bottom of a visible page counts as read
