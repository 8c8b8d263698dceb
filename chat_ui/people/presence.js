// Who is here. Only the browser knows whether its person looks at the page, and whom it shows.
import { up } from "../realtime/connection.js";
import { frame, tellPage } from "../components/dom.js";
import { clock, dayOf, long } from "../components/times.js";

const ALONE = 5 * 60_000; // milliseconds without a key or a touch until one counts as away
const GLANCE = 5000; // milliseconds that one may look at another tab
let touched = performance.now();
let told; // what the server takes us for

const isActive = () => document.visibilityState === "visible" && performance.now() - touched < ALONE;

function stir() {
  const active = isActive();
  if (!up || active === told || !frame()) return;
  told = active;
  tellPage("stir", { active });
}

for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, () => {
    touched = performance.now();
    if (!told) stir();
  }, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") touched = performance.now();
  setTimeout(stir, document.visibilityState === "visible" ? 0 : GLANCE);
});
setInterval(stir, 15_000);

let before; // whether there was a line before
export function presenceIsBack() {
  told = before ? undefined : true; // a page that has just been opened counts as looked at
  before = true;
  watched = "";
  stir();
  look();
}

// -- others: the server tells of those whom the page shows, and of nobody else
const known = new Map();
let watched = ""; // whom the server was asked for

// Of whom one has no room open nobody tells: in the list of rooms only the open one has a dot.
const asked = (element) => !element.closest("[data-testid=room-list] a:not([aria-current])");

export function look() {
  const shown = [...document.querySelectorAll("[data-presence-of]")];
  const people = [...new Set(shown.filter(asked).map((each) => Number(each.dataset.presenceOf)))].sort();
  if (up && frame() && String(people) !== watched) {
    watched = String(people);
    for (const id of known.keys()) if (!people.includes(Number(id))) known.delete(id); // it grows stale
    tellPage("watch", { people });
  }
  shown.forEach(paint);
}

export function presence({ people }) {
  for (const [id, news] of Object.entries(people)) known.set(id, news);
  for (const element of document.querySelectorAll("[data-presence-of]")) paint(element);
}

function paint(element) {
  const news = known.get(element.dataset.presenceOf);
  const text = news ? words(news) : "";
  if (element.dataset.state === news?.state && element.title === text) return;
  element.dataset.state = news?.state ?? "";
  element.title = text;
  if (element.classList.contains("in-words")) element.textContent = text;
  else element.setAttribute("aria-label", text);
}

function words({ state, seen }) {
  const word = frame().dataset;
  if (state === "active") return word.wordActive;
  if (state === "away") return word.wordAway;
  if (!state) return "";
  if (!seen) return word.wordOffline;
  return word.wordSeen.replace("{when}", (dayOf(seen) === new Date().toDateString() ? clock : long)(seen));
}
