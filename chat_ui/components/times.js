// Times: only the browser knows the reader's time zone and habits.
import { frame, tellPage } from "./dom.js";

// What formats is made once for all that is shown together, since making it costs more than what it
// does for a page of messages; not for longer, since whoever looks may travel.
const zoned = (options) => {
  let made;
  return (iso) => {
    if (!made) {
      made = new Intl.DateTimeFormat(undefined, options);
      setTimeout(() => { made = undefined; });
    }
    return made.format(new Date(iso));
  };
};
export const clock = zoned({ hour: "2-digit", minute: "2-digit" });
export const long = zoned({ dateStyle: "medium", timeStyle: "short" });
const shows = { // in other ways, by `data-shows`
  month: zoned({ month: "long", year: "numeric" }),
  day: zoned({ day: "numeric", month: "short" }),
  moment: zoned({ day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }),
};
export const dayOf = (iso) => new Date(iso).toDateString();

export function dayWords(iso) {
  const days = Math.round((new Date(dayOf(iso)) - new Date(new Date().toDateString())) / 86400_000);
  if (days === 0 || days === -1) {
    const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" })
      .format(days, "day");
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
  return fullDay(iso);
}
const fullDay = zoned({ dateStyle: "full" });

let zoneTold;
export function tellZone() { // so that others can see what time it is where this person is
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === zoneTold || !frame() || zone === frame().dataset.zone) return;
  zoneTold = zone;
  tellPage("zone", { zone });
}

export function showTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-shown])")) {
    time.dataset.shown = "";
    time.textContent = (shows[time.dataset.shows] ?? ("long" in time.dataset ? long : clock))(time.dateTime);
    time.title = long(time.dateTime);
  }
}

export function showZones() { // what time it is where somebody else is
  for (const place of document.querySelectorAll("[data-zone-of]")) {
    try {
      const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short", timeZone: place.dataset.zoneOf }).format();
      const words = place.dataset.wordThere.replace("{time}", time);
      if (place.textContent !== words) place.textContent = words;
      place.hidden = false;
    } catch { place.hidden = true; /* a zone that this browser does not know */ }
  }
}
setInterval(showZones, 10_000);
