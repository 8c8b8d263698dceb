// The emoji there are: fetched when one first looks for one, and searched here, at every key.
import { complete } from "./autocomplete.js";
import { find } from "./dom.js";
import { store } from "./storage.js";

const RECENT = "chat-emoji", TONE = "chat-emoji-tone", MOST_RECENT = 24;
const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];
let fetched; // a promise of { words, groups }, once somebody has asked

export function emojiList() {
  fetched ??= fetch(find("timeline").dataset.emoji).then((answer) => {
    if (!answer.ok) throw new Error(`the list of emoji: ${answer.status}`);
    return answer.json();
  }).then(({ words, groups }) => ({
    words,
    groups: groups.map(({ name, emoji }) => ({
      name, emoji: emoji.map(([sign, codes, more, tones]) => ({ sign, codes: codes.split(" "), more, tones })),
    })),
  })).catch((error) => { fetched = undefined; throw error; }); // the line was down: next time again
  return fetched;
}

export const nameOf = ({ codes }) => codes[0].replaceAll("_", " ");

// What fits best comes first: a whole name, its beginning, a whole word, its beginning, a part of
// one; and of names that begin so the shorter.
function fits({ codes, more }, word) {
  if (codes.includes(word)) return 0;
  const begins = codes.filter((code) => code.startsWith(word)).map((code) => code.length);
  if (begins.length) return 1 + Math.min(...begins) / 1000;
  const words = `${codes.join("_")} ${more}`.toLowerCase().split(/[_\s]/);
  if (words.includes(word)) return 2;
  if (words.some((each) => each.startsWith(word))) return 3;
  return word.length > 2 && words.some((each) => each.includes(word)) ? 4 : Infinity;
}

export function search({ groups }, text, most = 100) { // every word must fit
  const wanted = text.normalize("NFC").toLowerCase().split(/[\s_:]+/).filter(Boolean);
  const ranked = [];
  for (const { emoji } of groups) for (const each of emoji) {
    const rank = each.codes.includes(wanted.join("_")) ? 0 : Math.max(...wanted.map((word) => fits(each, word)));
    if (rank < Infinity) ranked.push([rank, each]);
  }
  return ranked.sort(([a], [b]) => a - b).slice(0, most).map(([, each]) => each); // a stable sort
}

export const tone = () => TONES[Number(store.get(TONE))] ?? "";
export function nextTone() {
  store.set(TONE, (TONES.indexOf(tone()) + 1) % TONES.length);
}
export function toned(each) { // the colour stands behind the first sign, and drops its mark of being an emoji
  if (!each.tones || !tone()) return each.sign;
  const [first, ...rest] = each.sign;
  return first + tone() + rest.join("").replace(/^\ufe0f/, "");
}

export function recent() {
  try { return JSON.parse(store.get(RECENT)).filter((sign) => typeof sign === "string"); } catch { return []; }
}
export function used(sign) {
  store.set(RECENT, JSON.stringify([sign, ...recent().filter((each) => each !== sign)].slice(0, MOST_RECENT)));
}

export async function pickEmoji(anchor, choose) { // the picker's own module comes with its first opening
  const { openPicker } = await import("./emoji_picker.js");
  openPicker(anchor, choose);
}

complete(":", {
  least: 2,
  source: async (word) => search(await emojiList(), word, 8)
    .map((each) => ({ insert: toned(each), sign: toned(each), name: `:${each.codes[0]}:` })),
});
