// Pictures in full size, one after the other, in the order of the timeline or the list.
import { actions } from "./actions.js";
import { isPlainClick } from "./dom.js";
import { on } from "../realtime/connection.js";

const box = () => document.getElementById("viewer");
const links = () => [...document.querySelectorAll('.picture[data-action="picture"]')]
  .filter((link) => link.offsetParent); // not those that are folded away
let shown; // the link of the picture that is shown

function show(link) {
  if (!link) return;
  shown = link;
  const address = link.getAttribute("href");
  const { name } = link.closest(".file").dataset;
  Object.assign(box().querySelector("img"), { src: address, alt: name });
  box().querySelector(".file-name").textContent = name;
  box().querySelector("a").href = `${address}?save`;
  if (!box().open) box().showModal();
  updateButtons();
}

const neighbour = (by) => links()[links().indexOf(shown) + by];

on("drawn", updateButtons); // messages may have changed
function updateButtons() {
  if (!box()?.open) return;
  const isGone = !links().includes(shown);
  box().querySelector('[data-action="picture-before"]').disabled = isGone || !neighbour(-1);
  box().querySelector('[data-action="picture-after"]').disabled = isGone || !neighbour(1);
}

Object.assign(actions, {
  picture: show,
  "picture-before": () => show(neighbour(-1)),
  "picture-after": () => show(neighbour(1)),
  "picture-close": () => box().close(),
});

document.addEventListener("click", (event) => {
  if (event.target.closest('[data-action="picture"]') && isPlainClick(event)) event.preventDefault();
  if (event.target === box()) box().close(); // beside the picture
}, true);
document.addEventListener("keydown", (event) => {
  if (!box()?.open || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  const isForward = (event.key === "ArrowRight") === (getComputedStyle(box()).direction !== "rtl");
  show(neighbour(isForward ? 1 : -1));
});
