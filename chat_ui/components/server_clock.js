// The server's clock: what the server decides, such as when a poll is over, does not go by the reader's.
import { on } from "../realtime/connection.js";

let ahead; // milliseconds, of a clock here that nobody sets
let isStale = true; // that clock may have stood still while the machine slept
on("connected", () => { isStale = true; });

on("chat_messages", ({ now }) => { // on its way for a while: the one that came fastest is the best
  if (!now) return;
  ahead = Math.max(isStale ? -Infinity : ahead, now - performance.now());
  isStale = false;
});

export const serverNow = () => (ahead === undefined ? Date.now() : performance.now() + ahead);
