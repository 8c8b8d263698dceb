// A file that is not sent yet: its name, its size, and what it looks like.
import { formatSize } from "../../components/numbers.js";

const isPicture = (file) => /^image\/(jpeg|png|gif|webp)$/.test(file.type);

const tray = () => document.querySelector(".tray");
export const fits = (file) => file.size <= Number(tray()?.dataset.limit ?? Infinity);

// A folder, a file that is gone or was changed since it was chosen, and one that nobody may open.
export const canBeRead = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

// The server takes the place out of the pictures that it shows, and out of nothing else.
const WITH_PLACE = /^(image\/(hei[cf]|avif|tiff)|video\/)/;
const NAMED_AS_SUCH = /\.(hei[cf]|avif|tiff?|dng|mov|mp4|3gp)$/i;
const mayHavePlace = (file) =>
  WITH_PLACE.test(file.type) || (!isPicture(file) && NAMED_AS_SUCH.test(file.name));

export function showFile(element, file) {
  element.querySelector(".file-name").textContent = file.name;
  const { wordLarge, wordPlace } = tray()?.dataset ?? {};
  const facts = fits(file) ? formatSize(file.size) : wordLarge;
  element.querySelector(".file-facts").textContent = mayHavePlace(file) ? `${facts} · ${wordPlace}` : facts;
  element.classList.toggle("over", !fits(file));
  if (!isPicture(file) || element.querySelector("img")) return;
  const picture = Object.assign(new Image(), { alt: "", src: URL.createObjectURL(file) });
  element.querySelector(".q-icon").replaceWith(picture);
}
