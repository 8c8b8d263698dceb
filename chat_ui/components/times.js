// Times: only the browser knows its reader's time zone and formats.
import { format, frame } from "./dom.js";
import { on, sendToServer } from "../realtime/connection.js";

// The reader's language, as their browser writes it: en-GB for English where the browser has that.
const { lang } = document.documentElement;
const locale = navigator.languages.find((each) => each.split("-")[0] === lang) ?? lang;

// A formatter is made once for all that is shown together, since making one costs more than using
// it for a page of messages; and not kept longer, since the reader may travel.
const formatter = (options) => {
  let made;
  return (iso) => {
    if (!made) {
      made = new Intl.DateTimeFormat(locale, options);
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
  moment: formatter({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
};

const formatWeekday = formatter({ weekday: "short" });

// The time of today, the weekday of the last days, else the day.
export function formatBrief(time) {
  const days = (new Date(dayOf(Date.now())) - new Date(dayOf(time))) / 86400_000;
  return (days < 1 ? formatTime : days < 6.5 ? formatWeekday : others.day)(time);
}

export const dayOf = (time) => new Date(time).toDateString();

export function formatDay(iso) {
  const days = Math.round((new Date(dayOf(iso)) - new Date(dayOf(Date.now()))) / 86400_000);
  if (days !== 0 && days !== -1) return formatFullDay(iso);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day");
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
document.body.style.setProperty("--clock", JSON.stringify(formatTime(0))); // as wide as any: see bubble.py

// -- time zones: the local time of other people ------------------------------------------------------
function showZones() {
  for (const place of document.querySelectorAll("[data-zone-of]")) {
    try {
      const options = { timeStyle: "short", timeZone: place.dataset.zoneOf };
      const time = new Intl.DateTimeFormat(locale, options).format();
      const words = format(place.dataset.wordThere, { time });
      if (place.textContent !== words) place.textContent = words;
      place.hidden = false;
    } catch { place.hidden = true; /* a zone that this browser does not know */ }
  }
}
on("drawn", showZones);
setInterval(showZones, 10_000);

on("connected", () => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && frame() && zone !== frame().dataset.zone) sendToServer("time_zone", { zone });
});
