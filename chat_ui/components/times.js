// Times: only the browser knows its reader's time zone and formats.
import { format, setText } from "./dom.js";
import { emit, on } from "../realtime/connection.js";

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
const formatDate = formatter({ dateStyle: "short" });

// The time of today, the weekday of the last days, else the day, with its year if that is another one.
export function formatBrief(time) {
  const days = daysSince(time);
  if (days < 7) return (days < 1 ? formatTime : formatWeekday)(time);
  return (new Date(time).getFullYear() === new Date().getFullYear() ? others.day : formatDate)(time);
}

export const dayOf = (time) => new Date(time).toDateString();
// Rounded: a day on which the clocks are changed has 23 or 25 hours.
const daysSince = (time) => Math.round((new Date(dayOf(Date.now())) - new Date(dayOf(time))) / 86400_000);

export function formatDay(iso) {
  const days = daysSince(iso);
  if (days !== 0 && days !== 1) return formatFullDay(iso);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days, "day");
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
function showWidth() { // as wide as any: see bubble.py
  document.body.style.setProperty("--clock", JSON.stringify(formatTime(0)));
}
showWidth();

// -- a moment in a field: as this clock shows it, and in UTC when it is sent -------------------------
const inField = (time) => // without seconds
  new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

on("drawn", () => {
  for (const field of document.querySelectorAll("[data-moment]")) {
    const now = new Date();
    const wanted = new Date(field.dataset.moment);
    const soon = new Date(now);
    soon.setHours(now.getHours() + 2, 0, 0, 0);
    delete field.dataset.moment;
    field.min = inField(now);
    field.value = inField(wanted > now ? wanted : soon);
  }
});

export function momentOf(value) { // "" if it is none
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}

// -- time zones: the local time of other people ------------------------------------------------------
function showZones() {
  for (const place of document.querySelectorAll("[data-zone-of]")) {
    try {
      const options = { timeStyle: "short", timeZone: place.dataset.zoneOf };
      const time = new Intl.DateTimeFormat(locale, options).format();
      setText(place, format(place.dataset.wordThere, { time }));
      place.hidden = false;
    } catch { place.hidden = true; /* a zone that this browser does not know */ }
  }
}
on("drawn", showZones);

// -- the day and the zone: a page stays open over night, and its reader travels ----------------------
const zoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const dayHere = () => `${dayOf(Date.now())} ${zoneHere()}`;
let shownFor = dayHere();

function renew() {
  showZones();
  if (dayHere() === shownFor) return;
  shownFor = dayHere();
  for (const time of document.querySelectorAll("time[data-shown]")) delete time.dataset.shown;
  showTimes(document);
  showWidth();
  emit("day-changed");
}
setInterval(renew, 10_000);
document.addEventListener("visibilitychange", renew);
for (const kind of ["focus", "pageshow"]) addEventListener(kind, renew); // timers of a hidden page are late
