// The timeline of the open room: filling it, each message once and in the order of the numbers,
// keeping it complete, and bringing more as one scrolls.
//
// Live messages may get lost. After a gap in the numbers, or a timeout, they are requested again.
import { actions } from "../../components/actions.js";
import { announce } from "../../components/accessibility/announcer.js";
import { find, format, isPlainClick, listen } from "../../components/dom.js";
import { arrangeAlbums } from "../../messages/media/albums.js";
import { applyChanges, decorate, toElements } from "../../messages/elements.js";
import {
  drawPending, loadPending, markStored, removePending, sendPending,
} from "../../messages/outbox.js";
import { emit, on, sendToServer, up } from "../../realtime/connection.js";
import { keptSeq, returnToPlace } from "./kept_place.js";
import * as reading from "./read_position.js";
import {
  atBottom, countBelow, isNearBottom, keepAtBottom, reveal, toBottom, updateButton,
} from "./scrolling.js";
import {
  dayAbove, hideUnread, nextMessage, previousMessage, unreadSeparator, updateEncryption, updateSeparators,
  updateUnread,
} from "./separators.js";
import { countArrived } from "../sidebar/sidebar.js";
import { counts, current, isOwn, messages, seqOf, summaryOf } from "../state.js";

const ASK_AGAIN = 5000, GAP_WAIT = 500; // milliseconds
const NEAR = 400; // pixels from either end of the timeline at which more is loaded
const MAX_SHOWN = 400, KEPT = 200; // messages
const MAX_SAID = 3; // messages that are read out, of those that come together

const early = []; // what came live before the first messages were there
const changedRooms = new Set(); // in which something happened since the timeline was drawn
let prefetched; // the messages of the room that is about to be drawn
let startAt; // the message that a link led to, until it is shown; else 0
let starting; // whether the first messages are still arriving, in several batches
let lastRead, newest; // up to which seq the reader had read, and what was the newest then
let change; // which change is shown
let hasOlder, olderBefore; // whether there are older messages, and before which seq
let newerAfter; // after which seq newer ones are loaded, while detached
let gapAfter; // after which seq messages are missing
let askedAt; // when messages were requested, by a monotonic clock

on("drawn", () => {
  const found = find("timeline");
  if (found === current.timeline) return;
  const batch = changedRooms.has(prefetched?.room) ? undefined : prefetched;
  prefetched = undefined;
  changedRooms.clear();
  reading.flush();
  Object.assign(current, { timeline: found, ready: false });
  keepAtBottom(found);
  if (found) open(batch);
});

function open(batch) {
  const { timeline } = current;
  Object.assign(current, { room: Number(timeline.dataset.room), first: 0, last: 0, detached: false });
  [hasOlder, lastRead, change, olderBefore, gapAfter] = [false, 0, 0, 0, undefined];
  startAt = Number(timeline.dataset.at ?? 0);
  early.length = 0;
  reading.begin(0);
  loadPending();
  timeline.addEventListener("scroll", scrolled, { passive: true });
  document.body.classList.remove("rooms-open");
  if (batch?.room === current.room && batch.at === startAt) receive({ ...batch, how: "start" });
  else catchUp();
  emit("room-opened"); // after the messages: to set a cursor, the browser has to lay them out
}

// -- received messages -----------------------------------------------------------------------------
on("chat_messages", (batch) => {
  if (batch.how === "open") prefetched = batch;
  else receive(batch);
});

const receivers = { start, add, older, live };

function receive(batch) {
  if (batch.how === "live") changedRooms.add(batch.room);
  const arrived = toElements(batch.html);
  if (current.timeline && batch.room === current.room) receivers[batch.how](arrived, batch);
  else markOwnStored(arrived); // sent here before another view was opened
}

function start(arrived, batch) {
  const shown = current.last;
  const isNews = arrived.some((message) => seqOf(message) > shown);
  if (current.ready && gapAfter === undefined && !isNews) return; // requested twice
  const isAround = [startAt, ...arrived.map(seqOf)].includes(keptSeq());
  if (keptSeq() && !isAround) { startAgain(keptSeq()); return; }
  current.timeline.replaceChildren();
  Object.assign(current, { first: 0, last: 0, detached: Boolean(batch.rest) });
  [lastRead, change, hasOlder, starting] = [batch.read, batch.change, batch.more, true];
  reading.begin(batch.read);
  addPiece(arrived, batch);
  if (shown > current.last && !current.detached) requestGap(current.last); // they came after it was asked
}

function add(arrived, batch) {
  current.detached &&= Boolean(batch.rest);
  const isNews = !starting && !current.detached && newerAfter === undefined;
  reading.beginAgain(batch.read);
  applyChanges(toElements(batch.changed));
  change = Math.max(change, batch.change);
  if (batch.changed) updateFirstUnread();
  const others = addPiece(arrived, batch, isNews && atBottom());
  if (isNews) say(others);
}

function addPiece(arrived, { how, rest, changed }, follows) { // and requests the rest
  const goesOn = Boolean(rest && (arrived.length || changed) && !current.detached);
  const isLast = !goesOn && !current.detached;
  newerAfter = undefined;
  const first = current.first || (arrived.length && seqOf(arrived[0]));
  const { others } = placeAll(isLast ? [...arrived, ...notBefore(first, early.splice(0))] : arrived);
  gapAfter = goesOn && arrived.length ? seqOf(arrived.at(-1)) : undefined;
  current.ready = !goesOn;
  if (current.ready) current.timeline.dataset.ready = "";
  drawPending();
  if (starting) showStart();
  else follow(follows, others);
  starting &&= goesOn;
  finish(how);
  if (goesOn) catchUp();
  return others;
}

function showStart() { // at the message of the link, else at the first unread one, else at the bottom
  newest = current.last;
  updateUnread(lastRead, newest);
  if (returnToPlace() || (startAt && reveal(startAt))) startAt = 0;
  else unreadSeparator() ? unreadSeparator().scrollIntoView({ block: "center" }) : toBottom();
}

function older(arrived, batch) {
  const fits = olderBefore === current.first;
  olderBefore = 0;
  if (!fits) return; // the top was trimmed, and these would leave a gap
  const { timeline } = current;
  const fromEnd = timeline.scrollHeight - timeline.scrollTop;
  newerAfter = undefined;
  placeAll(arrived);
  hasOlder = batch.more;
  updateUnread(lastRead, newest);
  timeline.scrollTop = timeline.scrollHeight - fromEnd;
  finish("older");
}

function live(arrived, { crowd }) {
  reading.setCrowd(crowd);
  if (!current.ready) { early.push(...arrived); return; }
  countArrived(current.room, arrived);
  if (current.detached) { // they are counted on the button that leads down
    markOwnStored(arrived);
    countBelow(arrived.filter(counts));
    return;
  }
  arrived = notBefore(current.first, arrived);
  if (arrived.length && seqOf(arrived[0]) > current.last + 1) requestGap(current.last);
  const wasAtBottom = atBottom();
  for (const message of arrived) message.classList.add("arrived"); // the CSS in bubble.py moves it in
  const { own, others } = placeAll(arrived);
  if (own) reading.clearMark();
  drawPending();
  follow(wasAtBottom || own, others);
  say(others);
  finish();
}

on("chat_message_changes", ({ room, html, since, change: upTo }) => {
  changedRooms.add(room);
  if (!current.timeline || room !== current.room || !current.ready) return;
  if (since > change) { requestGap(current.last); return; }
  const { atEnd } = current;
  applyChanges(toElements(html));
  change = Math.max(change, upTo);
  updateFirstUnread();
  if (atEnd) toBottom();
});

function updateFirstUnread() { // it may be deleted
  if (!(newest > lastRead)) return;
  if (unreadSeparator()) updateUnread(lastRead, newest);
  emit("shown", { first: current.first, read: lastRead, newest: current.last });
}

// -- placing them ----------------------------------------------------------------------------------
// Messages that come as late as this would leave a gap below them; they are loaded with the older ones.
function notBefore(first, arrived) {
  const isLate = (message) => seqOf(message) < first;
  const late = arrived.filter(isLate);
  for (const { dataset } of late.filter(isOwn)) removePending(dataset.clientId);
  markOwnStored(late);
  return arrived.filter((message) => !isLate(message));
}

function placeAll(arrived) {
  const placed = arrived.filter((message) => place(message));
  arrangeAlbums();
  return { own: placed.filter(isOwn).length, others: placed.filter(counts) };
}

// To screen readers: new messages at the end, and nothing that is loaded or drawn again above.
function say(messages) {
  const { wordSays } = current.timeline.dataset;
  for (const message of messages.slice(-MAX_SAID)) {
    const name = message.querySelector(".author").textContent;
    announce(format(wordSays, { name, text: summaryOf(message).slice(0, 200) }));
  }
}

function place(message) { // false when it is there already
  const seq = seqOf(message);
  // From the end: that is where most belong.
  let below, above = [...current.timeline.children].findLast(({ dataset }) => dataset.seq);
  while (above && seqOf(above) > seq) [below, above] = [above, previousMessage(above)];
  if (above && seqOf(above) === seq) return false;
  if (isOwn(message)) {
    message.dataset.state = "sent"; // the CSS in bubble.py shows ✓
    removePending(message.dataset.clientId);
    markStored(message.dataset.clientId);
  }
  decorate(message); // for this reader: local times, own reactions and votes
  below ??= current.timeline.querySelector(".message:not([data-seq])");
  current.timeline.insertBefore(message, below && (dayAbove(below) ?? below));
  current.first = current.first ? Math.min(current.first, seq) : seq;
  current.last = Math.max(current.last, seq);
  updateSeparators(message);
  const after = nextMessage(message);
  if (after?.dataset.seq) updateSeparators(after);
  return true;
}

function markOwnStored(arrived) {
  for (const message of arrived.filter(isOwn)) markStored(message.dataset.clientId);
}

function follow(isWanted, others) {
  if (isWanted) {
    toBottom();
    trim();
  } else countBelow(others);
}

function finish(how) {
  if (how) emit("shown", { how, first: current.first, read: lastRead, newest: current.last });
  updateEncryption();
  scrolled();
  sendPending();
}

function trim() { // a page that is open for days must not grow for ever
  const shown = [...messages()];
  if (shown.length <= MAX_SHOWN) return;
  const kept = shown.slice(-KEPT);
  const top = kept.find((message) => !message.matches(".silent")) ?? kept[0];
  while (top.previousElementSibling) top.previousElementSibling.remove();
  current.first = seqOf(top);
  updateSeparators(top);
  hasOlder = true;
  toBottom();
}

// -- requests --------------------------------------------------------------------------------------
function catchUp() {
  if (!up || !current.timeline) return;
  askedAt = performance.now();
  const { room, first, last, detached } = current;
  const at = last ? 0 : startAt;
  sendToServer("catch_up", { room, first, last: gapAfter ?? last, change, at, at_end: !detached });
}

function requestGap(since) { // soon: what is missing may be on its way
  const { room } = current;
  setTimeout(() => {
    if (room !== current.room || !current.timeline) return;
    gapAfter = Math.min(gapAfter ?? since, since);
    catchUp();
  }, GAP_WAIT);
}

function scrolled() {
  if (!current.timeline || !current.ready) return;
  updateButton();
  const { timeline, room, first, last } = current;
  if (up && timeline.scrollTop < NEAR && hasOlder && first > 1 && !olderBefore) {
    olderBefore = first;
    askedAt = performance.now();
    sendToServer("load_older", { room, before: first });
  }
  if (up && current.detached && isNearBottom(NEAR) && newerAfter !== last) {
    newerAfter = last;
    catchUp();
  }
  reading.update();
}

function toNewest() {
  if (current.detached) startAgain(0);
  else toBottom();
}

function startAgain(at) { // at a message that is not shown, or at the end
  Object.assign(current, { ready: false, detached: false, first: 0, last: 0 });
  [startAt, gapAfter] = [at, undefined];
  hideUnread();
  catchUp();
}

// A link to a message of this room, in a quote or in a panel, moves the timeline there. A panel stays
// open, except on a phone, where it would cover the message.
listen("click", ":is(.panel, .timeline) a[href]", (link, event) => {
  const [, room, seq] = link.getAttribute("href").match(/^\/rooms\/(\d+)\/messages\/(\d+)$/) ?? [];
  if (!current.timeline || Number(room) !== current.room || !isPlainClick(event)) return;
  event.preventDefault();
  if (matchMedia("(max-width: 700px)").matches) find("close-panel")?.click();
  if (!reveal(seq)) startAgain(Number(seq));
}, true);
on("show-newest", toNewest);
actions.newest = toNewest;
actions["mark-read"] = toNewest; // what is at the bottom of a visible page counts as read

let isFirst = true; // a new page is filled without a request, unless its first connection failed
on("reconnecting", () => { isFirst = false; });
on("connected", () => {
  if (isFirst) {
    isFirst = false;
    askedAt = performance.now();
    return;
  }
  prefetched = undefined;
  if (!current.timeline) return;
  current.ready = false;
  [olderBefore, newerAfter] = [0, undefined];
  catchUp();
});

setInterval(() => { // an answer may be lost, or the server too busy to give one
  if (current.timeline && up && performance.now() - askedAt >= ASK_AGAIN) {
    if (!current.ready || gapAfter !== undefined) catchUp();
    olderBefore = 0;
    scrolled();
  }
  sendPending();
}, ASK_AGAIN);
