// A file that is not sent yet: its name, its size, and what it looks like.
import { formatSize } from "../components/numbers.js";

const isPicture = (file) => /^image\/(jpeg|png|gif|webp)$/.test(file.type);

const tray = () => document.querySelector(".tray");
export const fits = (file) => file.size <= Number(tray()?.dataset.limit ?? Infinity);

export function showFile(element, file) {
  element.querySelector(".file-name").textContent = file.name;
  const facts = fits(file) ? formatSize(file.size) : tray().dataset.wordLarge;
  element.querySelector(".file-facts").textContent = facts;
  element.classList.toggle("over", !fits(file));
  if (!isPicture(file) || element.querySelector("img")) return;
  const picture = Object.assign(new Image(), { alt: "", src: URL.createObjectURL(file) });
  element.querySelector(".q-icon").replaceWith(picture);
}
