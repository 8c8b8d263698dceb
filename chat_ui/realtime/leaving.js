// Leaving the page: what would be lost with it, and when its server stops while others go on.
import { emit, on } from "./connection.js";

const AGAIN = 1000; // milliseconds

// Of files that are being sent and the like: each function says whether there is any.
const losses = [];
export const warnBeforeLoss = (isThere) => { losses.push(isThere); };
const wouldLose = () => losses.some((isThere) => isThere());
addEventListener("beforeunload", (event) => { if (wouldLose()) event.preventDefault(); });

// The page stays with its server until nothing would be lost, and one that goes on answers. Should the
// server end before that, the page connects to another, and NiceGUI loads it from there.
on("chat_server_stopping", async () => {
  const isTaken = async () => (await fetch("/readyz", { cache: "no-store" }).catch(() => null))?.ok;
  while (wouldLose() || !await isTaken()) await new Promise((goOn) => { setTimeout(goOn, AGAIN); });
  emit("leaving");
  location.reload();
});
