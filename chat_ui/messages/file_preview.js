// A file that is not sent yet: its name, its size, and what it looks like.
const UNITS = ["B", "kB", "MB", "GB", "TB"];
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

function formatSize(size) { // as services/core/filesize.py does
  let unit = 0;
  for (; size >= 999.5 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${size < 9.95 && unit ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}
