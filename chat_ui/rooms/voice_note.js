// Voice notes: only the browser has the microphone. It is imported when one is first recorded.
//
// What is recorded becomes a WAV (16 bits, one channel), which every browser plays, at a rate that
// is enough for a voice; then it is a file like any other.
import { find } from "../components/dom.js";
import { emit } from "../realtime/connection.js";

const RATE = 16_000; // samples a second
const HEADER_SIZE = 44; // bytes
let recording; // { context, stream, pieces, length }
let isAsking = false; // whether the browser is asking for the microphone

const bar = () => document.querySelector(".recording");

export async function record() {
  if (recording) { finish(true); return; }
  if (!navigator.mediaDevices) { complain("wordInsecure"); return; }
  if (isAsking) return; // else two would listen, and one of them for ever
  isAsking = true;
  const context = new AudioContext({ sampleRate: RATE });
  let stream;
  try {
    await context.audioWorklet.addModule(new URL("./voice_worklet.js", import.meta.url));
    stream = await navigator.mediaDevices.getUserMedia({ audio: true }); // last: from here on it listens
  } catch {
    context.close();
    complain("wordRefused");
    return;
  } finally { isAsking = false; }
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  const mine = recording = { context, stream, pieces: [], length: 0 };
  recorder.port.onmessage = ({ data }) => { if (mine === recording) add(data); };
  context.createMediaStreamSource(stream).connect(recorder);
  showTime();
}

function add(samples) {
  recording.pieces.push(samples);
  recording.length += samples.length;
  if (recording.length % RATE < samples.length) showTime();
  const size = HEADER_SIZE + 2 * (recording.length + RATE); // with another second
  if (size > Number(document.querySelector(".tray").dataset.limit)) finish(true);
}

function showTime() { // also after another room has been opened
  if (!bar()) return;
  bar().hidden = false;
  const seconds = Math.floor(recording.length / RATE);
  const minutes = Math.floor(seconds / 60);
  bar().querySelector("time").textContent = `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

export function finish(keeps) {
  if (!recording) return;
  const { context, stream, pieces, length } = recording;
  recording = undefined;
  for (const track of stream.getTracks()) track.stop(); // the browser shows as long as it listens
  context.close();
  if (bar()) bar().hidden = true;
  if (!keeps || !length) return;
  const time = new Date().toLocaleString("sv").replaceAll(":", "."); // as in ISO 8601
  const name = `${bar()?.dataset.wordName ?? "Voice note"} ${time}.wav`;
  emit("files-picked", [new File([wavHeader(2 * length), ...pieces], name, { type: "audio/wav" })]);
}

function wavHeader(size) { // RIFF with one `fmt ` and one `data` (Microsoft, 1991), for PCM of one channel
  const [RIFF, WAVE, FMT, DATA] = [0x46464952, 0x45564157, 0x20746d66, 0x61746164];
  const [format, byteRate, block] = [1 | 1 << 16, 2 * RATE, 2 | 16 << 16];
  const chunk = [FMT, 16, format, RATE, byteRate, block];
  return new Uint32Array([RIFF, HEADER_SIZE - 8 + size, WAVE, ...chunk, DATA, size]);
}

function complain(word) {
  const hint = find("composer")?.form.querySelector(".hint");
  if (hint) hint.textContent = bar().dataset[word];
}
