// Where one reads in the history, for a page that loads again because its server went away.
import { tabStore } from "../../components/storage.js";
import { on } from "../../realtime/connection.js";
import { current, messageAt, messages, seqOf } from "../state.js";

const KEY = "chat-place";
const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";
let kept = isReload ? tabStore.getJson(KEY) : null; // { room, seq, top }, until the room is shown
let isLosing = false; // whether a page that ends now does so because of its server
tabStore.drop(KEY);

const lose = () => { isLosing = true; };
on("disconnected", lose);
on("leaving", lose);
on("chat_messages", () => { isLosing = false; });
on("navigated", () => { kept = null; });

const topOf = (element) => element.getBoundingClientRect().top;
addEventListener("pagehide", () => {
  const { timeline, room, atEnd, detached } = current;
  if (kept) tabStore.set(KEY, JSON.stringify(kept)); // it ends before it has shown the room
  if (kept || !isLosing || !timeline || (atEnd && !detached)) return;
  const seen = [...messages()].find((each) => each.getBoundingClientRect().bottom > topOf(timeline));
  if (seen) tabStore.set(KEY, JSON.stringify({ room, seq: seqOf(seen), top: topOf(seen) - topOf(timeline) }));
});

export const keptSeq = () => (kept?.room === current.room ? kept.seq : 0);

export function returnToPlace() { // false if there is none here
  const message = keptSeq() && messageAt(kept.seq);
  if (message) current.timeline.scrollTop += topOf(message) - topOf(current.timeline) - kept.top;
  kept = null;
  return Boolean(message);
}
