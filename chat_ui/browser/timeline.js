// The timeline: placing messages by their numbers, and keeping the reader's place.
import { takeUp } from "./composer.js";
import { up } from "./line.js";
import { drawWaiting, loadWaiting, sendWaiting, stored, undraw } from "./outbox.js";
import { find, tell } from "./page.js";
import { begin, reading, sayRead } from "./reading.js";
import { dayOf, dayWords, showTimes } from "./times.js";

let known; // who looks at it does not change within a page, and not every view has a timeline
export const me = () => (known = timeline?.dataset.me ?? known);

const early = []; // what came live before the page knew where it stands
export let timeline, room, ready, last;
let more, lastRead, first;
let lastAsked; // when the page asked for messages, by a clock that nobody puts back
let asking; // before which seq older ones are asked for just now; else 0
let starting; // whether the room is still being shown for the first time, piece by piece
let hole; // after which seq something is known to be missing above what is shown
export const messages = () => timeline.querySelectorAll(".message[data-seq]");
export const atBottom = () => timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 80;
export const toBottom = () => { timeline.scrollTop = timeline.scrollHeight; };
export const seqOf = (element) => Number(element.dataset.seq);
// Who stands at the bottom stays there when the composer grows or a phone's keyboard comes up.
export let stuck = true;
const resized = new ResizeObserver(() => { if (stuck) toBottom(); });

export function mount() { // Vue has drawn another timeline: begin with it
  const found = find("timeline");
  if (found === timeline) return;
  sayRead();
  timeline = found;
  ready = false;
  resized.disconnect();
  if (!timeline) return;
  stuck = true;
  resized.observe(timeline);
  room = Number(timeline.dataset.room);
  [more, lastRead, first, last, asking, hole] = [false, 0, 0, 0, 0, undefined];
  begin(0);
  early.length = 0;
  loadWaiting();
  timeline.addEventListener("scroll", scrolled, { passive: true });
  takeUp();
  document.body.classList.remove("rooms-open");
  catchUp();
}

export function catchUp() { // until it is answered, `lookAfter` asks again
  if (!up) return;
  lastAsked = performance.now();
  tell(timeline, "catchup", { room, last: hole ?? last });
}

export function receive({ room: where, html, how, more: hasMore, read, rest }) {
  const pattern = document.createElement("template");
  pattern.innerHTML = html;
  const arrived = [...pattern.content.children];
  if (!timeline || where !== room) { // one's own, sent from here before something else was opened
    for (const message of arrived) if (message.dataset.author === me()) stored(message.dataset.clientId);
    return;
  }
  if (how === "live" && !ready) { early.push(...arrived); return; }
  if (how === "live" && arrived.length && seqOf(arrived[0]) > last + 1) missed(last);
  const goesOn = Boolean(rest && arrived.length); // a piece: what follows it must be asked for
  if (how === "start" && ready && !arrived.some((message) => seqOf(message) > last)) return; // asked twice
  if (how === "older") {
    const fits = asking === first;
    asking = 0;
    if (!fits) return; // the top was cut off meanwhile: these would leave a hole below them
  }
  const stay = atBottom();
  const height = timeline.scrollHeight - timeline.scrollTop;
  if (how === "start") {
    timeline.replaceChildren();
    [first, last] = [0, 0];
    lastRead = read;
    begin(read);
  }
  let mine = false, fresh = 0;
  for (const message of [...arrived, ...(how === "older" || goesOn ? [] : early.splice(0))]) {
    if (!place(message)) continue;
    mine ||= message.dataset.author === me() && how === "live";
    fresh += how !== "older" && message.dataset.author !== me();
  }
  if (how === "start" || how === "older") more = hasMore;
  if (how === "start" || how === "add") hole = goesOn ? seqOf(arrived.at(-1)) : undefined;
  if (goesOn) ready = false;
  else if (how !== "older") { // older ones say nothing about whether the newest are there
    timeline.dataset.ready = "";
    ready = true;
  }
  drawWaiting();
  starting = how === "start" || (starting && how === "add");
  if (starting || how === "older") unreadRule();
  if (starting) {
    const unread = timeline.querySelector(".rule.unread");
    unread ? unread.scrollIntoView({ block: "center" }) : toBottom();
  } else if (how === "older") {
    timeline.scrollTop = timeline.scrollHeight - height;
  } else if (stay || mine) {
    toBottom();
    trim();
  } else if (fresh) {
    const button = timeline.parentElement.querySelector(".newest");
    button.dataset.count = Number(button.dataset.count || 0) + fresh;
  }
  starting &&= goesOn;
  scrolled();
  sendWaiting();
  if (goesOn) catchUp();
}

function missed(since) { // a frame was lost: ask for what lies between
  const where = room;
  setTimeout(() => {
    if (where !== room || !timeline) return;
    hole = Math.min(hole ?? since, since);
    catchUp();
  }, 500);
}

function place(message) { // each once, in order of seq; false when it was there already
  const seq = seqOf(message);
  let before = null;
  for (let at = lastMessage(); at; at = previous(at)) {
    if (seqOf(at) === seq) return false;
    if (seqOf(at) < seq) break;
    before = at;
  }
  if (message.dataset.author === me()) {
    message.dataset.state = "sent";
    const id = message.dataset.clientId;
    undraw(id);
    stored(id);
  }
  before ??= timeline.querySelector(".message:not([data-seq])");
  timeline.insertBefore(message, before && ruleBefore(before) || before);
  first = first ? Math.min(first, seq) : seq;
  last = Math.max(last, seq);
  showTimes(message);
  settle(message);
  const after = next(message);
  if (after) settle(after);
  return true;
}

const sibling = (step) => (element) => {
  do element = element[step]; while (element && !element.matches(".message"));
  return element;
};
const previousAny = sibling("previousElementSibling");
const nextAny = sibling("nextElementSibling");
const previous = (element) => { const at = previousAny(element); return at?.dataset.seq ? at : null; };
const next = (element) => { const at = nextAny(element); return at?.dataset.seq ? at : null; };
const ruleBefore = (element) =>
  element.previousElementSibling?.matches(".rule.day") ? element.previousElementSibling : null;
function lastMessage() {
  let at = timeline.lastElementChild;
  while (at && !at.matches(".message[data-seq]")) at = at.previousElementSibling;
  return at;
}

export function settle(message) { // the day above it, and whether it goes on from the one before
  const when = message.querySelector("time").dateTime;
  const above = previousAny(message);
  const then = above?.querySelector("time").dateTime;
  const sameDay = above && dayOf(then) === dayOf(when);
  const rule = ruleBefore(message);
  if (sameDay) rule?.remove();
  else if (!rule) message.before(makeRule("day", dayWords(when)));
  message.classList.toggle("continued", Boolean(sameDay && new Date(when) - new Date(then) < 300_000
    && above.dataset.author === message.dataset.author));
}

function makeRule(kind, words) {
  const rule = document.createElement("div");
  rule.className = `rule ${kind}`;
  rule.setAttribute("role", "separator");
  rule.append(Object.assign(document.createElement("span"), { textContent: words }));
  return rule;
}

function unreadRule() { // where the unread begins: it stays while one reads
  const unread = [...messages()].find((message) => seqOf(message) > lastRead && message.dataset.author !== me());
  const old = timeline.querySelector(".rule.unread");
  const wanted = unreadStands ? unread : null;
  if (!wanted) { old?.remove(); return; }
  if (old && nextAny(old) === wanted) return;
  old?.remove();
  (ruleBefore(wanted) ?? wanted).before(makeRule("unread", timeline.dataset.wordUnread));
}
let unreadStands = true;

export function standUnread(stands) { // it goes when one has answered
  unreadStands = stands;
  if (timeline) unreadRule();
}

export function lineIsBack() {
  if (!timeline) return;
  [ready, asking] = [false, 0];
  catchUp();
}

function trim() { // a page that stays open for days does not grow without end
  const shown = messages();
  if (shown.length <= 400) return;
  for (const message of [...shown].slice(0, shown.length - 200)) {
    ruleBefore(message)?.remove();
    message.remove();
  }
  first = seqOf(messages()[0]);
  settle(messages()[0]);
  more = true;
  toBottom();
}

export function scrolled() {
  if (!timeline || !ready) return;
  const bottom = stuck = atBottom();
  timeline.parentElement.classList.toggle("scrolled-up", !bottom);
  if (bottom) delete timeline.parentElement.querySelector(".newest").dataset.count;
  if (timeline.scrollTop < 400 && more && first > 1 && !asking && up) {
    asking = first;
    lastAsked = performance.now();
    tell(timeline, "older", { room, before: first });
  }
  reading();
}


function lookAfter() { // an answer may be lost, or the server too busy to give one: ask again
  if (timeline && up && performance.now() - lastAsked >= ASK_AGAIN) {
    if (!ready || hole !== undefined) catchUp();
    asking = 0;
    scrolled();
  }
  sendWaiting();
}
const ASK_AGAIN = 5000; // milliseconds
setInterval(lookAfter, ASK_AGAIN);
