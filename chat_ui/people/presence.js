// Presence: only the browser knows whether the page is looked at, and which people it shows.
import { format, frame } from "../components/dom.js";
import { dayOf, formatDateTime, formatTime } from "../components/times.js";
import { on, sendToServer, up } from "../realtime/connection.js";
import { isLooking } from "./attention.js";

const GLANCE = 5000; // milliseconds that one may look at another tab or window
let told = true; // what the server takes this page for: one that was just opened is active

function tellActivity() {
  const active = isLooking();
  if (!up || active === told || !frame()) return;
  told = active;
  sendToServer("activity", { active });
}
on("attention", (isBack) => setTimeout(tellActivity, isBack ? 0 : GLANCE));

on("reconnecting", () => { [told, watched] = [undefined, ""]; });
on("connected", () => {
  tellActivity();
  watch();
});

// -- other people: the server tells of those that the page shows -----------------------------------
const known = new Map(); // by id
let watched = ""; // who the server was asked about

const places = () => document.querySelectorAll("[data-presence-of]");
const LISTED = 12; // people in the list of rooms whose presence is requested, besides the view's
const isListed = (place) => place.closest("[data-testid=room-list]") !== null;

on("drawn", watch);
function watch() {
  const listed = [...places()].filter(isListed).slice(0, LISTED);
  const inView = [...places()].filter((place) => !isListed(place));
  const shown = [...inView, ...listed].map((place) => Number(place.dataset.presenceOf));
  const people = [...new Set(shown)].sort();
  if (up && frame() && String(people) !== watched) {
    watched = String(people);
    sendToServer("watch_presence", { people });
  }
  places().forEach(paint);
}

on("chat_presence", ({ people }) => {
  for (const [id, news] of Object.entries(people)) known.set(id, news);
  places().forEach(paint);
});

on("day-changed", () => places().forEach(paint));

function paint(place) {
  const { state = "", seen } = known.get(place.dataset.presenceOf) ?? {};
  const isToday = seen && dayOf(seen) === dayOf(Date.now());
  const when = seen && (isToday ? formatTime : formatDateTime)(seen);
  const words = format(frame().getAttribute(`data-word-${seen ? "seen" : state}`) ?? "", { when });
  if (place.dataset.state === state && place.title === words) return;
  [place.dataset.state, place.title] = [state, words];
  if (place.classList.contains("in-words")) place.textContent = words;
  else place.setAttribute("aria-label", words);
}
