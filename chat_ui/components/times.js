// Times: only the browser knows its reader's time zone and formats.
import { format, frame } from "./dom.js";
import { on, sendToServer } from "../realtime/connection.js";

// A formatter is made once for all that is shown together, since making one costs more than using
// it for a page of messages; and not kept longer, since the reader may travel.
const formatter = (options) => {
  let made;
  return (iso) => {
    if (!made) {
      made = new Intl.DateTimeFormat(undefined, options);
      setTimeout(() => { made = undefined; });
    }
    return made.format(new Date(iso));
  };
};
export const formatTime = formatter({ hour: "2-digit", minute: "2-digit" });
export const formatDateTime = formatter({ dateStyle: "medium", timeStyle: "short" });
const formatFullDay = formatter({ dateStyle: "full" });
const others = { // by `data-shows`
  month: formatter({ month: "long", year: "numeric" }),
  day: formatter({ day: "numeric", month: "short" }),
  moment: formatter({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }),
};

export const dayOf = (time) => new Date(time).toDateString();

export function formatDay(iso) {
  const days = Math.round((new Date(dayOf(iso)) - new Date(dayOf(Date.now()))) / 86400_000);
  if (days !== 0 && days !== -1) return formatFullDay(iso);
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(days, "day");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-shown])")) {
    const show = others[time.dataset.shows] ?? ("long" in time.dataset ? formatDateTime : formatTime);
    time.dataset.shown = "";
    time.textContent = show(time.dateTime);
    time.title = formatDateTime(time.dateTime);
  }
}
on("drawn", () => showTimes(document));

// -- time zones: the local time of other people ------------------------------------------------------
function showZones() {
  for (const place of document.querySelectorAll("[data-zone-of]")) {
    try {
      const options = { timeStyle: "short", timeZone: place.dataset.zoneOf };
      const time = new Intl.DateTimeFormat(undefined, options).format();
      const words = format(place.dataset.wordThere, { time });
      if (place.textContent !== words) place.textContent = words;
      place.hidden = false;
    } catch { place.hidden = true; /* a zone that this browser does not know */ }
  }
}
on("drawn", showZones);
setInterval(showZones, 10_000);

let told;
on("connected", () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === told || !frame() || zone === frame().dataset.zone) return;
  told = zone;
  sendToServer("time_zone", { zone });
});
