// What calls for its reader, in the title of the page, in its icon, and on the app's own icon.
import { find } from "./page.js";

const ROUND = 64; // pixels of the icon
let total = 0, mentions = 0;
let plainIcon; // where the icon without a count is

// Direct messages, mentions, and whatever one follows; a muted room never.
export function weigh({ kind, notify, unread, mentions: named }) {
  if (notify === "nothing") return 0;
  return Number((kind === "direct" || notify === "everything" ? unread : named) ?? 0);
}

export function showTotal() {
  const entries = [...document.querySelectorAll('[data-testid="room-list"] :is([data-unread], [data-mentions])')];
  const before = total;
  total = entries.reduce((sum, { dataset }) => sum + weigh(dataset), 0);
  mentions = entries.reduce((sum, { dataset }) => sum + (dataset.notify === "nothing" ? 0 : Number(dataset.mentions ?? 0)), 0);
  const inbox = find("mentions");
  if (inbox) mentions ? inbox.dataset.count = mentions : delete inbox.dataset.count;
  showTitle();
  if (before === total) return;
  showIcon();
  // Only where the chat is installed as an app; there is nothing to say when it cannot.
  (total ? navigator.setAppBadge?.(total) : navigator.clearAppBadge?.())?.catch(() => {});
}

export function showTitle() { // Python writes the title of the view, the count goes before it
  const bare = document.title.replace(/^\(\d+\) /, "");
  const wanted = total ? `(${total}) ${bare}` : bare;
  if (document.title !== wanted) document.title = wanted;
}

async function showIcon() {
  const link = document.querySelector("link[rel~='icon']");
  if (!link) return;
  plainIcon ??= link.href;
  const shown = total;
  link.dataset.count = shown;
  const drawn = shown ? await drawIcon(shown).catch(() => plainIcon) : plainIcon;
  if (shown === total) link.href = drawn; // it may have changed while it was drawn
}

async function drawIcon(number) {
  const image = Object.assign(new Image(ROUND, ROUND), { src: plainIcon });
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: ROUND, height: ROUND });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, ROUND, ROUND);
  pen.fillStyle = "#d6293e";
  pen.beginPath();
  pen.arc(ROUND - 20, 20, 20, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "bold 28px sans-serif";
  pen.textAlign = "center";
  pen.fillText(number > 9 ? "9+" : number, ROUND - 20, 30, 38);
  return canvas.toDataURL();
}
