// Files that are dropped on the conversation or pasted into the composer.
import { find, listen } from "../../components/dom.js";
import { pick } from "./attachments.js";

// What is dropped or pasted may be a folder, which looks like a file until one reads it.
function pickFrom({ items, files }) {
  const entries = [...items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry());
  const isFolder = (_file, index) => entries[index]?.isDirectory;
  pick([...files].filter((...file) => !isFolder(...file)), [...files].filter(isFolder));
}

// Spreadsheets and word processors put a picture beside what one copies. It has a name of the browser's;
// a file that was copied has its own, and a path as its text.
function isPictureOf(text, html, files) {
  const isUnnamed = ({ name, type }) => type.startsWith("image/") && /^image\.\w+$/.test(name);
  return files.every(isUnnamed) && text.trim() && hasWords(html);
}

function hasWords(html) { // a copied picture has an <img> and nothing else
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const style of body.querySelectorAll("style, script, title")) style.remove();
  return Boolean(body.textContent.trim());
}

listen("paste", "[data-testid=composer]", (_box, event) => {
  const data = event.clipboardData;
  if (!data.files.length) return;
  if (isPictureOf(data.getData("text/plain"), data.getData("text/html"), [...data.files])) return;
  event.preventDefault();
  pickFrom(data);
});

// Files may be dropped anywhere on the conversation; elsewhere the browser would open them.
const view = () => find("composer") && document.querySelector(".view");
let isOwn = false; // whether something of this page is dragged: a picture of it counts as a file, too
document.addEventListener("dragstart", () => { isOwn = true; });
document.addEventListener("dragend", endDrag);
document.addEventListener("pointermove", endDrag); // what is dragged may leave the page: then nothing says so
function endDrag() {
  isOwn = false;
  view()?.classList.remove("dropping");
}

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    if (!isOwn || kind === "drop") event.preventDefault();
    if (isOwn) return;
    if (kind === "dragleave" && event.relatedTarget) return; // still within the window
    view()?.classList.toggle("dropping", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") pickFrom(event.dataTransfer);
  });
}
