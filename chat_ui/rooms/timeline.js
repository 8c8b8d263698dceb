// The timeline: placing messages by their numbers, and keeping the reader's place.
import { takeUp } from "./composer.js";
import { up } from "../realtime/connection.js";
import { drawWaiting, loadWaiting, sendWaiting, stored, undraw } from "../messages/outbox.js";
import { find, tellPage } from "../components/dom.js";
import { answered, begin, beginAgain, reading, sayRead } from "./read_position.js";
import { heard } from "./sidebar.js";
import { dayOf, dayWords, showTimes } from "../components/times.js";

let known; // who looks at it does not change within a page, and not every view has a timeline
export const me = () => (known = timeline?.dataset.me ?? known);

const early = []; // what came live before the page knew where it stands
export let timeline, room, ready, last;
let more, lastRead, first;
let change; // the number of the last change that is shown; what changed after it is asked for
let at; // the message to begin at, when a link led to it; else 0
let detached; // whether this is somewhere up in the history, with newer messages below that are not shown
let newerAsked; // after which seq newer ones are asked for just now, while detached
let lastAsked; // when the page asked for messages, by a clock that nobody puts back
let asking; // before which seq older ones are asked for just now; else 0
let starting; // whether the room is still being shown for the first time, piece by piece
let hole; // after which seq something is known to be missing above what is shown
let brought; // the messages of the room that is about to be drawn: they come just before it
const moved = new Set(); // rooms of which something else came since a timeline was drawn: what is brought may lack it
export const messages = () => timeline.querySelectorAll(".message[data-seq]");
export const atBottom = () => timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 80;
export const toBottom = () => { timeline.scrollTop = timeline.scrollHeight; };
export const seqOf = (element) => Number(element.dataset.seq);
// What a message is called by elsewhere: what it says, or else the name of its file.
const textOf = (message) => message.querySelector(".message-body").textContent.trim();
const fileOf = (message) => message.querySelector(".file")?.dataset.name ?? "";
export const wordsOf = (message) => textOf(message) || fileOf(message);
// Who stands at the bottom stays there when the composer grows or a phone's keyboard comes up.
export let stuck = true;
const resized = new ResizeObserver(() => { if (stuck) toBottom(); });

export function mount() { // Vue has drawn another timeline: begin with it
  const found = find("timeline");
  if (found === timeline) return;
  const news = moved.has(brought?.room) ? undefined : brought;
  brought = undefined;
  moved.clear();
  sayRead();
  timeline = found;
  ready = false;
  resized.disconnect();
  if (!timeline) return;
  stuck = true;
  resized.observe(timeline);
  room = Number(timeline.dataset.room);
  [more, lastRead, first, last, asking, hole, change, detached] = [false, 0, 0, 0, 0, undefined, 0, false];
  at = Number(timeline.dataset.at ?? 0);
  begin(0);
  early.length = 0;
  loadWaiting();
  timeline.addEventListener("scroll", scrolled, { passive: true });
  document.body.classList.remove("rooms-open");
  if (news?.room === room && news.at === at) receive({ ...news, how: "start" });
  else catchUp();
  takeUp(); // after the messages: to put the cursor there, the browser must know where everything is
}

export function catchUp() { // until it is answered, `lookAfter` asks again
  if (!up || !timeline) return;
  lastAsked = performance.now();
  tellPage("catchup", { room, first, last: hole ?? last, change, at: last ? 0 : at, at_end: !detached });
}

function elements(html) {
  const pattern = document.createElement("template");
  pattern.innerHTML = html;
  return [...pattern.content.children];
}

export function receive(news) {
  const { room: where, html, how, more: hasMore, read, rest, change: upTo, changed } = news;
  if (how === "open") { brought = news; return; }
  if (how === "live") moved.add(where);
  const arrived = elements(html);
  if (!timeline || where !== room) { // one's own, sent from here before something else was opened
    for (const message of arrived) if (message.dataset.author === me()) stored(message.dataset.clientId);
    return;
  }
  if (how === "live" && !ready) { early.push(...arrived); return; }
  if (how === "live") noted(arrived);
  if (how === "live" && detached) { below(arrived); return; }
  if (how === "live" && arrived.length && seqOf(arrived[0]) > last + 1) missed(last);
  if (how === "start" && ready && !arrived.some((message) => seqOf(message) > last)) return; // asked twice
  if (how === "older") {
    const fits = asking === first;
    asking = 0;
    if (!fits) return; // the top was cut off meanwhile: these would leave a hole below them
  }
  if (how === "start" || (how === "add" && detached)) detached = Boolean(rest && (at || detached));
  const goesOn = Boolean(rest && arrived.length && !detached); // a piece: what follows it must be asked for
  const stay = how !== "start" && !detached && newerAsked === undefined && atBottom();
  const height = how === "older" && timeline.scrollHeight - timeline.scrollTop;
  if (how === "start") {
    timeline.replaceChildren();
    [first, last] = [0, 0];
    lastRead = read;
    begin(read);
    change = upTo;
  }
  if (how === "add") {
    beginAgain(read);
    amendAll(elements(changed));
    change = Math.max(change, upTo);
  }
  newerAsked = undefined;
  let mine = false, fresh = 0;
  for (const message of [...arrived, ...(how === "older" || goesOn || detached ? [] : early.splice(0))]) {
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
  if (mine) answered();
  drawWaiting();
  starting = how === "start" || (starting && how === "add");
  if (starting || how === "older") unreadRule();
  if (starting) {
    const unread = timeline.querySelector(".rule.unread");
    if (at && reveal(at)) at = 0;
    else unread ? unread.scrollIntoView({ block: "center" }) : toBottom();
  } else if (how === "older") {
    timeline.scrollTop = timeline.scrollHeight - height;
  } else if (stay || mine) {
    toBottom();
    trim();
  } else if (fresh) {
    countBelow(fresh);
  }
  starting &&= goesOn;
  if (how !== "live") for (const shown of watchers) shown({ how, top: first, read: lastRead, newest: last });
  scrolled();
  sendWaiting();
  if (goesOn) catchUp();
}

// Told to whoever wants to know from where on messages are shown.
const watchers = [];
export const whenShown = (watcher) => watchers.push(watcher);

// Told to whoever wants to know of what comes live: the list of rooms, and notifications.
const listeners = [];
export const whenHeard = (listener) => listeners.push(listener);

function noted(arrived) {
  const said = arrived.map((message) => ({
    seq: seqOf(message),
    by: Number(message.dataset.authorId),
    name: message.querySelector(".author").textContent,
    text: wordsOf(message).slice(0, 140),
    names: Object.fromEntries([...message.querySelectorAll(".mention")].map((mention) =>
      [mention.textContent.slice(1).toLowerCase(), Number(mention.dataset.userId)])),
  }));
  for (const listener of listeners) listener(room, said);
  if (said.length) heard(room, said, said.at(-1).seq);
}

function countBelow(fresh) {
  const button = timeline.parentElement.querySelector(".newest");
  button.dataset.count = Number(button.dataset.count || 0) + fresh;
}

function below(arrived) { // what comes while one is up in the history
  const others = arrived.filter((message) => message.dataset.author !== me());
  for (const message of arrived) if (!others.includes(message)) stored(message.dataset.clientId);
  if (others.length) countBelow(others.length);
}

export function toNewest() {
  if (!detached) { toBottom(); return; }
  [ready, detached, at, last, first, hole] = [false, false, 0, 0, 0, undefined];
  standUnread(false);
  catchUp();
}

export function reveal(seq) { // show a message that is here; false when it is not
  const message = timeline?.querySelector(`.message[data-seq="${Number(seq)}"]`);
  if (!message) return false;
  message.scrollIntoView({ block: "center" });
  message.classList.remove("found");
  requestAnimationFrame(() => message.classList.add("found"));
  return true;
}

// What has happened to messages that are there: each is put in the place of its older self.
export function amend({ room: where, html, since, change: upTo }) {
  moved.add(where);
  if (!timeline || where !== room || !ready) return;
  if (since > change) { missed(last); return; }
  const stay = stuck;
  amendAll(elements(html));
  change = Math.max(change, upTo);
  if (stay) toBottom();
}

function amendAll(arrived) {
  for (const message of arrived) {
    amendQuotes(message);
    const old = timeline.querySelector(`.message[data-seq="${seqOf(message)}"]`);
    if (!old || Number(old.dataset.change) >= Number(message.dataset.change)) continue;
    message.classList.toggle("continued", old.classList.contains("continued"));
    dress(message);
    old.replaceWith(message);
  }
}

function amendQuotes(message) {
  const text = wordsOf(message).slice(0, 200);
  for (const quoted of timeline.querySelectorAll(`.quote[data-quote="${seqOf(message)}"] .quoted`)) {
    quoted.textContent = text;
    quoted.toggleAttribute("data-is-name", Boolean(text && !textOf(message)));
  }
}

// What makes a message one's own, or folded, or the like is for the browser to see: the server
// draws each once for everybody. `whenDressed` adds such a look.
const looks = [];
export const whenDressed = (look) => looks.push(look);

function dress(message) {
  if (message.dataset.author === me()) message.dataset.state = "sent";
  showTimes(message);
  for (const look of looks) look(message);
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
  dress(message);
  if (message.dataset.author === me()) {
    const id = message.dataset.clientId;
    undraw(id);
    stored(id);
  }
  before ??= timeline.querySelector(".message:not([data-seq])");
  timeline.insertBefore(message, before && ruleBefore(before) || before);
  first = first ? Math.min(first, seq) : seq;
  last = Math.max(last, seq);
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

let isNew = true; // whether the line was never tried: the server fills a new page without being asked
export function lineIsTriedAgain() { isNew = false; } // what the server sent may be lost, up or not
export function lineIsUp() {
  if (isNew) {
    isNew = false;
    lastAsked = performance.now();
    return;
  }
  brought = undefined; // what came after it may be lost
  if (!timeline) return;
  [ready, asking, newerAsked] = [false, 0, undefined];
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
  timeline.parentElement.classList.toggle("scrolled-up", !bottom || detached);
  if (bottom && !detached) delete timeline.parentElement.querySelector(".newest").dataset.count;
  if (timeline.scrollTop < 400 && more && first > 1 && !asking && up) {
    asking = first;
    lastAsked = performance.now();
    tellPage("older", { room, before: first });
  }
  const left = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight;
  if (detached && left < 400 && newerAsked !== last && up) {
    newerAsked = last;
    catchUp();
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
