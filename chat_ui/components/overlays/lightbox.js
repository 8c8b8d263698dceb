// Pictures in full size, side by side in the order of the timeline or the list: one scrolls from
// picture to picture, with the arrow keys, too. Two fingers enlarge one, as two taps do; pulled
// down, it closes.
import { actions } from "../actions.js";
import { copyTemplate, listen } from "../dom.js";

const LARGEST = 5, ENLARGED = 2.5; // times its size
const PULLED = 90; // pixels from which on it closes
const box = () => document.getElementById("viewer");
const strip = () => box().querySelector(".strip");

function draw(link) {
  const figure = copyTemplate("viewer-picture");
  const { name } = link.closest(".file").dataset;
  const sent = link.closest(".message, .sent-file");
  const address = link.href ?? link.dataset.moving;
  Object.assign(figure.querySelector("img"), { src: address, alt: name });
  figure.querySelector(".file-name").textContent = name;
  figure.querySelector("bdi").textContent = sent.querySelector(".author, .to-message > span").textContent;
  figure.querySelector("time").dateTime = sent.querySelector("time").dateTime;
  figure.querySelector("a").href = `${address}?save`;
  return figure;
}

Object.assign(actions, {
  picture: (opened) => {
    const links = [...document.querySelectorAll(".picture[data-action]")]
      .filter((link) => link.checkVisibility()) // not those that are folded away
      .filter((link) => link.closest(".panel") === opened.closest(".panel"));
    strip().replaceChildren(...links.map(draw));
    box().showModal();
    strip().children[links.indexOf(opened)].scrollIntoView({ behavior: "instant" });
  },
  "picture-before": (button) => button.closest("figure").previousElementSibling.scrollIntoView(),
  "picture-after": (button) => button.closest("figure").nextElementSibling.scrollIntoView(),
  "picture-close": () => box().close(),
});

document.addEventListener("click", ({ target }) => { // beside the picture
  if (target.matches("#viewer .strip, #viewer figure")) box().close();
});

// -- fingers -----------------------------------------------------------------------------------------
const fingers = new Map(); // by id: the last event of each, which says where it is
let image, zoom = 1, x = 0, y = 0; // the picture that is held or enlarged, and its place

function show() {
  image.style.transform = zoom === 1 && !y ? "" : `translate(${x}px, ${y}px) scale(${zoom})`;
  box().classList.toggle("zoomed", zoom > 1);
  box().classList.toggle("pulled", zoom === 1 && y > PULLED);
  box().classList.toggle("held", fingers.size > 0);
}

function reset() {
  [zoom, x, y] = [1, 0, 0];
  show();
}

function enlarge(factor, at) { // what is at this place stays there
  const { left, top, width, height } = image.getBoundingClientRect();
  const to = Math.min(LARGEST, Math.max(1, zoom * factor));
  x -= (at.x - left - width / 2) * (to / zoom - 1);
  y -= (at.y - top - height / 2) * (to / zoom - 1);
  zoom = to;
}

const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

listen("pointerdown", "#viewer figure", (figure, event) => {
  if (event.target.closest("button, a") || (event.pointerType === "mouse" && zoom === 1)) return;
  image = figure.querySelector("img");
  fingers.set(event.pointerId, event);
});

document.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const other = [...fingers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
  if (other) enlarge(distance(event, other) / distance(before, other), other);
  else if (zoom > 1) [x, y] = [x + event.x - before.x, y + event.y - before.y];
  else y = Math.max(0, y + event.y - before.y);
  fingers.set(event.pointerId, event);
  show();
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, ({ pointerId, type }) => {
    if (!fingers.delete(pointerId)) return;
    if (zoom === 1 && y > PULLED && type === "pointerup") box().close();
    if (zoom === 1) reset();
    else show();
  });
}

listen("dblclick", "#viewer img", (picture, event) => {
  image = picture;
  if (zoom > 1) { reset(); return; }
  enlarge(ENLARGED, event);
  show();
});

listen("close", "#viewer", () => { // by Esc, too
  fingers.clear();
  if (image) reset();
}, true);
