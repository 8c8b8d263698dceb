// Voice notes: only the browser has the microphone. It is imported when one is first recorded.
//
// They are Opus or AAC where the browser records one of them, else a WAV (16 bits, one channel) at a rate
// that is enough for a voice. The waveform goes along, since the server decodes nothing but WAV.
import { formatClock } from "../../components/numbers.js";
import { emit, on } from "../../realtime/connection.js";
import { warnBeforeLoss } from "../../realtime/leaving.js";
import { current, hint } from "../state.js";

const RATE = 16_000; // samples a second
const HEADER_SIZE = 44; // bytes
const ENDINGS = { "audio/webm;codecs=opus": "webm", "audio/ogg;codecs=opus": "ogg", "audio/mp4": "m4a" };
const BIT_RATE = 32_000; // bits a second
const BARS = 60; // as in services/files/decoding/waveform.py
const MAX_SECONDS = 3600;
let recorder; // a MediaRecorder, while it records; its `room` is the one that it was begun in
let isAsking = false; // whether the browser is asking for the microphone

const bar = () => document.querySelector(".recording");

export async function record() {
  if (recorder) { finish(true); return; }
  if (!navigator.mediaDevices) { hint("insecure"); return; }
  if (isAsking) return; // else two would listen, and one of them for ever
  isAsking = true;
  const { room } = current;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    if (!isOpen(room)) { stopListening(stream); return; } // one went elsewhere instead of answering
    const mimeType = Object.keys(ENDINGS).find((each) => MediaRecorder.isTypeSupported(each));
    recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BIT_RATE });
    Object.assign(recorder, { room, voice: bar().dataset.wordName });
    recorder.ending = ENDINGS[mimeType]; // without one it becomes a WAV
    follow(recorder);
  } catch {
    if (stream) stopListening(stream);
    recorder = undefined;
    hint(stream ? "failed" : "blocked");
  } finally { isAsking = false; }
}

const isOpen = (room) => Boolean(bar() && current.timeline && room === current.room);
on("drawn", () => { // nobody is recorded where no bar says so, nor for another room
  if (!recorder || isOpen(recorder.room)) return;
  finish(true);
  hint("waits");
});
warnBeforeLoss(() => Boolean(recorder)); // what is recorded

function stopListening(stream) { // until then the browser shows that it listens
  for (const track of stream.getTracks()) track.stop();
}

function follow(mine) {
  const startedAt = performance.now();
  const pieces = [];
  mine.addEventListener("dataavailable", ({ data }) => {
    pieces.push(data);
    const seconds = Math.floor((performance.now() - startedAt) / 1000);
    if (mine !== recorder) return;
    showTime(seconds);
    const size = mine.ending ? new Blob(pieces).size : HEADER_SIZE + 2 * RATE * seconds;
    const most = Number(document.querySelector(".tray")?.dataset.limit ?? Infinity);
    if (seconds >= MAX_SECONDS || size + 4 * RATE > most) finish(true); // two seconds more may follow
  });
  mine.addEventListener("stop", () => { // by `finish`, or since the microphone was unplugged
    if (mine === recorder) finish(true);
    if (mine.isKept) save(new Blob(pieces), mine, (performance.now() - startedAt) / 1000);
  });
  mine.start(1000); // milliseconds between two pieces
  showTime(0);
}

function showTime(seconds) { // also after the room has been drawn again
  if (!bar()) return;
  bar().hidden = false;
  bar().querySelector("time").textContent = formatClock(seconds);
}

export function finish(keeps) {
  if (!recorder) return;
  recorder.isKept = keeps;
  if (recorder.state === "recording") recorder.stop();
  stopListening(recorder.stream);
  recorder = undefined;
  if (bar()) bar().hidden = true;
}

async function decode(recorded) {
  try {
    return await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await recorded.arrayBuffer());
  } catch { return null; }
}

async function save(recorded, { ending, room, voice }, elapsed) {
  const sound = await decode(recorded);
  if (!sound && elapsed < 1) return; // it was stopped at once
  if (!sound && !(ending && recorded.size)) { hint("failed"); return; }
  const samples = sound?.getChannelData(0); // without, it is sent all the same
  const time = new Date().toLocaleString("sv").replaceAll(":", "."); // as in ISO 8601
  const name = `${voice} ${time}`;
  const file = new File(ending ? [recorded] : toWav(samples), `${name}.${ending ?? "wav"}`);
  const seconds = Math.max(1, Math.round(sound?.duration ?? elapsed));
  const facts = { wave: samples ? waveOf(samples) : "", seconds };
  emit("voice-note", { file: Object.assign(file, facts), room });
}

function waveOf(samples) { // the root makes quiet speech visible
  const size = samples.length / BARS;
  return Array.from({ length: BARS }, (_bar, at) => {
    const part = samples.subarray(Math.floor(at * size), Math.floor((at + 1) * size));
    const peak = part.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return Math.round(9 * Math.sqrt(Math.min(1, peak)));
  }).join("");
}

function toWav(samples) {
  const whole = Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 0x7fff);
  return [wavHeader(whole.byteLength), whole];
}

function wavHeader(size) { // RIFF with one `fmt ` and one `data` (Microsoft, 1991), for PCM of one channel
  const [RIFF, WAVE, FMT, DATA] = [0x46464952, 0x45564157, 0x20746d66, 0x61746164];
  const [format, byteRate, block] = [1 | 1 << 16, 2 * RATE, 2 | 16 << 16];
  const chunk = [FMT, 16, format, RATE, byteRate, block];
  return new Uint32Array([RIFF, HEADER_SIZE - 8 + size, WAVE, ...chunk, DATA, size]);
}
