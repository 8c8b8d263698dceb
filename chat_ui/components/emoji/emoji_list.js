// The emoji there are: fetched when they are first needed, and searched here, at every key.
import { find } from "../dom.js";
import { store } from "../storage.js";

const RECENT = "chat-emoji", TONE = "chat-emoji-tone", MAX_RECENT = 24;
const TONES = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];
let loading; // promise of the picker's HTML, and of its buttons with their search terms

export function loadEmoji() {
  loading ??= load().catch((error) => {
    loading = undefined; // the connection was down: try again the next time
    throw error;
  });
  return loading;
}

async function load() {
  const answer = await fetch(find("timeline").dataset.emoji);
  if (!answer.ok) throw new Error(`the list of emoji: ${answer.status}`);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const emoji = [...template.content.querySelectorAll("[data-codes]")].map(describe);
  return { picker: template.content.firstElementChild, emoji };
}

function describe(button) {
  const { codes, words } = button.dataset;
  button.title = codes.split(" ")[0].replaceAll("_", " ");
  button.setAttribute("aria-label", button.title);
  return {
    button,
    sign: button.textContent,
    codes: codes.split(" "),
    words: `${codes} ${words}`.toLowerCase().split(/[_\s]/),
  };
}

// The best first: a whole name, its beginning, a whole word, its beginning, a part of one; and
// among names that begin so, the shorter.
function rank({ codes, words }, word) {
  if (codes.includes(word)) return 0;
  const begun = codes.filter((code) => code.startsWith(word)).map((code) => code.length);
  if (begun.length) return 1 + Math.min(...begun) / 1000;
  if (words.includes(word)) return 2;
  if (words.some((each) => each.startsWith(word))) return 3;
  return word.length > 2 && words.some((each) => each.includes(word)) ? 4 : Infinity;
}

export function search(emoji, text, most = 100) { // every word must fit
  const wanted = text.normalize("NFC").toLowerCase().split(/[\s_:]+/).filter(Boolean);
  const whole = wanted.join("_");
  const rankOf = (each) =>
    (each.codes.includes(whole) ? 0 : Math.max(...wanted.map((word) => rank(each, word))));
  return emoji.map((each) => ({ each, rank: rankOf(each) }))
    .filter((found) => found.rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most).map(({ each }) => each);
}

export const tone = () => TONES[Number(store.get(TONE))] ?? "";
export const nextTone = () => store.set(TONE, (TONES.indexOf(tone()) + 1) % TONES.length);
export function toned({ button, sign }) { // the tone follows the first sign, and replaces its U+FE0F
  if (!("tones" in button.dataset) || !tone()) return sign;
  const [first, ...rest] = sign;
  return first + tone() + rest.join("").replace(/^\ufe0f/, "");
}

export const recent = (list = RECENT) =>
  (store.getJson(list) ?? []).filter((sign) => typeof sign === "string");
export function noteUse(sign, list = RECENT) {
  const others = recent(list).filter((each) => each !== sign);
  store.set(list, JSON.stringify([sign, ...others].slice(0, MAX_RECENT)));
}
