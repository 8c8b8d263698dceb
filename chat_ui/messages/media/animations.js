// Pictures that move: each is a still until it plays, and a press plays or pauses it (WCAG 2.2, 2.2.2).
// Only the browser knows whether its system wants less motion.
import { actions } from "../../components/actions.js";
import { format, frame } from "../../components/dom.js";
import { on } from "../../realtime/connection.js";
import { current } from "../../rooms/state.js";

const wantsLess = matchMedia("(prefers-reduced-motion: reduce)");
const playsByItself = ({ dataset }) =>
  !("waits" in dataset) && frame()?.dataset.animations !== "click" && !wantsLess.matches;

function show(button, plays) {
  const image = button.querySelector("img");
  button.dataset.still ??= image.getAttribute("src");
  image.src = plays ? button.dataset.moving : button.dataset.still;
  button.toggleAttribute("data-plays", plays);
  const words = current.timeline.dataset[plays ? "wordPausePicture" : "wordPlayPicture"];
  button.title = button.ariaLabel = format(words, { name: image.alt });
}

on("decorate", (message) => {
  for (const button of message.querySelectorAll("[data-moving]:not([data-still])")) {
    show(button, playsByItself(button));
  }
});
actions.animation = (button) => show(button, !("plays" in button.dataset));

const pauseAll = () => document.querySelectorAll("[data-plays]").forEach((button) => show(button, false));
wantsLess.addEventListener("change", () => wantsLess.matches && pauseAll());
let choice; // which the account page changes, here or elsewhere
on("drawn", () => {
  const before = choice;
  choice = frame()?.dataset.animations;
  if (choice === "click" && before !== choice) pauseAll();
});
