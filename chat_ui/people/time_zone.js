// Tells the server the reader's time zone, by which it knows their quiet hours: that of the device which they
// look at, not of one that was left on elsewhere.
import { frame } from "../components/dom.js";
import { on, sendToServer } from "../realtime/connection.js";
import { isLooking } from "./attention.js";

function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && isLooking() && frame() && zone !== frame().dataset.zone) sendToServer("time_zone", { zone });
}
for (const moment of ["connected", "attention", "day-changed"]) on(moment, tellZone);
