// Pictures in full size, one after the other as they stand in the view: a timeline, or a list.
import { actions } from "./clicks.js";

const box = () => document.getElementById("viewer");
const links = () => [...document.querySelectorAll('.picture[data-action="picture"]')]
  .filter((link) => link.offsetParent); // not those of somebody who is folded away
let shown; // the link of the picture that is shown

function show(link) {
  shown = link;
  const { name } = link.closest(".file").dataset;
  const picture = box().querySelector("img");
  picture.src = link.getAttribute("href");
  picture.alt = name;
  box().querySelector(".file-name").textContent = name;
  box().querySelector("a").href = `${link.getAttribute("href")}?save`;
  if (!box().open) box().showModal();
  showTurns();
}

export function showTurns() { // others come and go while one looks
  if (!box()?.open) return;
  const all = links(), at = all.indexOf(shown);
  box().querySelector('[data-action="picture-before"]').disabled = at <= 0;
  box().querySelector('[data-action="picture-after"]').disabled = at < 0 || at === all.length - 1;
}

function step(by) {
  const all = links();
  const next = all[all.indexOf(shown) + by];
  if (next) show(next);
}

actions.picture = (link) => show(link);
actions["picture-before"] = () => step(-1);
actions["picture-after"] = () => step(1);
actions["picture-close"] = () => box().close();
document.addEventListener("click", (event) => {
  const link = event.target.closest('[data-action="picture"]');
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) event.preventDefault();
  if (event.target === box()) box().close(); // beside the picture
}, true);
document.addEventListener("keydown", (event) => {
  if (!box()?.open) return;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    event.preventDefault();
    step((event.key === "ArrowRight") === (getComputedStyle(box()).direction !== "rtl") ? 1 : -1);
  }
});
