// Voice notes: only the browser has the microphone. It is imported when one is first recorded.
//
// What is recorded becomes a WAV (16 bits, one channel), which every browser plays, at a rate
// that is enough for a voice; then it is a file like any other.
import { pick } from "./attachments.js";
import { find } from "../components/dom.js";

const RATE = 16_000; // samples a second
const HEAD = 44; // bytes before the samples
let recording; // { context, stream, pieces, length }
let asking = false; // whether the microphone was asked for, and there is no answer yet

const bar = () => document.querySelector(".recording");

export async function record() {
  if (recording) { finish(true); return; }
  if (!navigator.mediaDevices) { complain("wordInsecure"); return; }
  if (asking) return; // else two would listen, and one of them for ever
  asking = true;
  const context = new AudioContext({ sampleRate: RATE });
  let stream;
  try {
    await context.audioWorklet.addModule(new URL("./voice_worklet.js", import.meta.url));
    stream = await navigator.mediaDevices.getUserMedia({ audio: true }); // last: nothing may fail that listens
  } catch {
    context.close();
    complain("wordRefused");
    return;
  } finally { asking = false; }
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  const now = recording = { context, stream, pieces: [], length: 0 };
  recorder.port.onmessage = ({ data }) => hear(now, data);
  context.createMediaStreamSource(stream).connect(recorder);
  showTime();
}

function hear(now, samples) {
  if (now !== recording) return;
  now.pieces.push(samples);
  now.length += samples.length;
  if (now.length % RATE < samples.length) showTime();
  if (HEAD + 2 * (now.length + RATE) > Number(document.querySelector(".tray").dataset.limit)) finish(true);
}

function showTime() { // also where another room has been opened meanwhile
  if (!bar()) return;
  bar().hidden = false;
  const seconds = Math.floor(recording.length / RATE);
  bar().querySelector("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function finish(keeps) {
  const { context, stream, pieces, length } = recording ?? {};
  if (!context) return;
  recording = undefined;
  for (const track of stream.getTracks()) track.stop(); // the browser shows that it listens: no longer
  context.close();
  if (bar()) bar().hidden = true;
  if (keeps && length) pick([new File([wav(pieces, length)], fileName(), { type: "audio/wav" })]);
}

function fileName() {
  const stamp = new Date().toLocaleString("sv").replaceAll(":", "."); // as ISO 8601 has it
  return `${bar()?.dataset.wordName ?? "Voice note"} ${stamp}.wav`;
}

function wav(pieces, length) { // RIFF with one `fmt ` and one `data` (Microsoft, 1991)
  const view = new DataView(new ArrayBuffer(HEAD + 2 * length));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt()));
  text(0, "RIFF"); view.setUint32(4, HEAD - 8 + 2 * length, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true); view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, 2 * length, true);
  let at = HEAD;
  for (const piece of pieces) {
    for (const sample of piece) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 0x7fff, true);
      at += 2;
    }
  }
  return view;
}

function complain(word) {
  const hint = find("composer")?.form.querySelector(".hint");
  if (hint) hint.textContent = bar().dataset[word];
}
