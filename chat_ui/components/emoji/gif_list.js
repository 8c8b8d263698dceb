// The pictures that move in one's rooms, in the picker: the server finds them (messages/gifs.py). Each
// stands still until it is pointed at or has the focus: only the browser knows that, and whether its
// system wants less motion.
import { frame } from "../dom.js";

const PAUSE = 250; // milliseconds after a key, before the server is asked
const wantsLess = matchMedia("(prefers-reduced-motion: reduce)");
let asked = 0; // answers that come after a newer question are dropped
let wanted; // the words that were asked for last

export async function loadGifs(list, text, { isNew = false } = {}) {
  if (text === wanted && !isNew) return;
  wanted = text;
  const number = (asked += 1);
  if (!isNew) await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
  if (number !== asked) return;
  try {
    const answer = await fetch(`/gifs/found?words=${encodeURIComponent(text)}`);
    if (!answer.ok || answer.redirected) throw new Error(`the GIFs: ${answer.status}`);
    const found = await answer.text();
    if (number !== asked) return;
    list.innerHTML = found;
    list.scrollTop = 0;
  } catch {
    if (number !== asked) return;
    wanted = undefined; // to be asked for again
    if (!list.firstElementChild) list.textContent = list.dataset.wordLost;
  }
}

export function chosenGif({ title, dataset, firstElementChild }) { // returns what is sent
  const [room, seq] = dataset.gif.split("/").map(Number);
  return { room, seq, name: title, address: dataset.still ?? firstElementChild.getAttribute("src") };
}

function play(button, plays) {
  const image = button.querySelector("img");
  button.dataset.still ??= image.getAttribute("src");
  const mayPlay = frame()?.dataset.animations !== "click" && !wantsLess.matches;
  image.src = plays && mayPlay ? button.dataset.moving : button.dataset.still;
}

const PLAYS = { pointerover: true, pointerout: false, focusin: true, focusout: false };
for (const [event, plays] of Object.entries(PLAYS)) {
  document.addEventListener(event, ({ target, relatedTarget }) => {
    const button = target.closest?.("[data-gif]");
    if (button && !button.contains(relatedTarget)) play(button, plays); // not from part to part of it
  });
}
