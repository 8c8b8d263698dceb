// Presence: only the browser knows whether the page is in use, and which people it shows.
import { format, frame } from "../components/dom.js";
import { dayOf, formatDateTime, formatTime } from "../components/times.js";
import { on, sendToServer, up } from "../realtime/connection.js";

const AWAY_AFTER = 5 * 60_000; // milliseconds without a key or a touch
const GLANCE = 5000; // milliseconds that one may look at another tab
const CHECK_EVERY = 15_000; // milliseconds
let touchedAt = performance.now();
let told; // what the server takes this page for

const isIdle = () => performance.now() - touchedAt >= AWAY_AFTER;

function tellActivity() {
  const active = document.visibilityState === "visible" && !isIdle();
  if (!up || active === told || !frame()) return;
  told = active;
  sendToServer("activity", { active });
}

for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, () => {
    touchedAt = performance.now();
    if (!told) tellActivity();
  }, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => {
  const isVisible = document.visibilityState === "visible";
  if (isVisible) touchedAt = performance.now();
  setTimeout(tellActivity, isVisible ? 0 : GLANCE);
});
setInterval(tellActivity, CHECK_EVERY);

let isFirst = true;
on("connected", () => {
  told = isFirst ? true : undefined; // a page that was just opened counts as active
  isFirst = false;
  watched = "";
  tellActivity();
  watch();
});

// -- other people: the server tells of those that the page shows -----------------------------------
const known = new Map(); // by id
let watched = ""; // who the server was asked about

const places = () => document.querySelectorAll("[data-presence-of]");
// People in conversations that are not open have no dot: their presence is not requested.
const isWatched = (place) => !place.closest("[data-testid=room-list] a:not([aria-current])");

on("drawn", watch);
function watch() {
  const shown = [...places()].filter(isWatched).map((place) => Number(place.dataset.presenceOf));
  const people = [...new Set(shown)].sort();
  if (up && frame() && String(people) !== watched) {
    watched = String(people);
    for (const id of known.keys()) if (!people.includes(Number(id))) known.delete(id); // it gets stale
    sendToServer("watch_presence", { people });
  }
  places().forEach(paint);
}

on("chat_presence", ({ people }) => {
  for (const [id, news] of Object.entries(people)) known.set(id, news);
  places().forEach(paint);
});

function paint(place) {
  const news = known.get(place.dataset.presenceOf);
  const words = news ? describe(news) : "";
  if (place.dataset.state === news?.state && place.title === words) return;
  place.dataset.state = news?.state ?? "";
  place.title = words;
  if (place.classList.contains("in-words")) place.textContent = words;
  else place.setAttribute("aria-label", words);
}

function describe({ state, seen }) {
  const { wordActive, wordAway, wordOffline, wordSeen } = frame().dataset;
  if (!state) return "";
  if (state === "active") return wordActive;
  if (state === "away") return wordAway;
  if (!seen) return wordOffline;
  const isToday = dayOf(seen) === dayOf(Date.now());
  return format(wordSeen, { when: (isToday ? formatTime : formatDateTime)(seen) });
}
