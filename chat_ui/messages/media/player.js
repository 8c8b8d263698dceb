// Voice notes and other sounds. One element of the browser plays them all: so never two at a time, and
// a sound goes on while its message is drawn again.
import { actions } from "../../components/actions.js";
import { format, listen, setText } from "../../components/dom.js";
import { formatClock, formatNumber } from "../../components/numbers.js";
import { store } from "../../components/storage.js";
import { on } from "../../realtime/connection.js";
import { current, seqOf } from "../../rooms/state.js";

const SPEED = "chat-speed";
const FASTER = { 1: 1.5, 1.5: 2, 2: 1 };
const sound = new Audio();
sound.defaultPlaybackRate = store.get(SPEED) in FASTER ? Number(store.get(SPEED)) : 1;

const isIn = (player) => sound.getAttribute("src") === player.dataset.src;

function load(player) {
  if (!isIn(player)) sound.src = player.dataset.src;
}

actions.play = (button) => {
  const player = button.closest(".player");
  if (isIn(player) && !sound.paused) { sound.pause(); return; }
  load(player);
  sound.play().catch(() => {}); // "error" says so
};

actions.speed = () => {
  sound.defaultPlaybackRate = sound.playbackRate = FASTER[sound.defaultPlaybackRate];
  store.set(SPEED, sound.defaultPlaybackRate);
  showAll();
};

listen("input", ".player", (player, { target }) => {
  const at = Number(target.value);
  load(player);
  sound.currentTime = at;
  show(player, at);
});

function show(player, seeks) {
  const words = current.timeline.dataset;
  const has = isIn(player);
  const length = has && Number.isFinite(sound.duration) ? sound.duration : Number(player.dataset.seconds);
  const at = seeks ?? (has ? sound.currentTime : 0);
  const [time, all] = [formatClock(at), formatClock(length)];
  const seek = player.querySelector("input");
  player.classList.toggle("playing", has && !sound.paused);
  player.classList.toggle("broken", has && Boolean(sound.error));
  player.style.setProperty("--heard", `${length ? 100 * at / length : 0}%`);
  player.querySelector(".play").ariaLabel = has && !sound.paused ? words.wordPause : words.wordPlay;
  Object.assign(seek, { max: length, value: at, disabled: !length, ariaLabel: words.wordPosition });
  seek.ariaValueText = format(words.wordPlayed, { time, length: all });
  const far = at ? `${time} / ${all}` : all;
  setText(player.querySelector(".length"), has && sound.error ? words.wordUnplayable : length ? far : "");
  const speed = player.querySelector(".speed");
  setText(speed, `${formatNumber(sound.defaultPlaybackRate)}×`);
  speed.ariaLabel = format(words.wordSpeed, { speed: sound.defaultPlaybackRate });
}

function showAll() {
  current.timeline?.querySelectorAll(".player").forEach((player) => show(player));
}
for (const kind of ["play", "pause", "timeupdate", "durationchange", "emptied", "error"]) {
  sound.addEventListener(kind, showAll);
}
sound.addEventListener("ended", () => { sound.currentTime = 0; });
on("navigated", () => sound.pause()); // its button is gone
on("decorate", (message) => {
  const player = message.querySelector(".player");
  if (player) show(player);
});
on("redrawn", (message) => { // whoever deletes it wants it heard no more
  const theirs = `/rooms/${current.room}/messages/${seqOf(message)}/`;
  if (!message.matches(".deleted") || !sound.getAttribute("src")?.startsWith(theirs)) return;
  sound.removeAttribute("src");
  sound.load();
});
