// What calls for its reader, in the title of the page, in its icon, and on the app's own icon: as a
// number; when nothing calls, but something is unread in a room that is not muted, as a dot.
import { find } from "../components/dom.js";

const ROUND = 64; // pixels of the icon
let total = 0, mentions = 0, mark = "";
let plainIcon; // where the icon without a count is

// Direct messages, mentions, and whatever one follows; a muted room never.
export function weigh({ kind, notify, unread, mentions: named }) {
  if (notify === "nothing") return 0;
  return Number((kind === "direct" || notify === "everything" ? unread : named) ?? 0);
}

export function showTotal() {
  const entries = [...document.querySelectorAll('[data-testid="room-list"] :is([data-unread], [data-mentions])')];
  const before = mark;
  total = entries.reduce((sum, { dataset }) => sum + weigh(dataset), 0);
  mentions = entries.reduce((sum, { dataset }) => sum + (dataset.notify === "nothing" ? 0 : Number(dataset.mentions ?? 0)), 0);
  const isUnread = entries.some(({ dataset }) => dataset.unread && dataset.notify !== "nothing");
  mark = total ? `(${total}) ` : isUnread ? "• " : "";
  const inbox = find("mentions");
  if (inbox) mentions ? inbox.dataset.count = mentions : delete inbox.dataset.count;
  showTitle();
  if (before === mark) return;
  showIcon();
  // Only where the chat is installed as an app; there is nothing to say when it cannot.
  (mark ? navigator.setAppBadge?.(...(total ? [total] : [])) : navigator.clearAppBadge?.())?.catch(() => {});
}

export function showTitle() { // Python writes the title of the view, this goes before it
  const wanted = mark + document.title.replace(/^(\(\d+\)|•) /, "");
  if (document.title !== wanted) document.title = wanted;
}

async function showIcon() {
  const link = document.querySelector("link[rel~='icon']");
  if (!link) return;
  plainIcon ??= link.href;
  const shown = mark;
  const drawn = shown ? await drawIcon(total).catch(() => plainIcon) : plainIcon;
  if (shown === mark) link.href = drawn; // it may have changed while it was drawn
}

async function drawIcon(number) { // 0 is the dot
  const image = Object.assign(new Image(ROUND, ROUND), { src: plainIcon });
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: ROUND, height: ROUND });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, ROUND, ROUND);
  pen.fillStyle = "#d6293e";
  pen.beginPath();
  const radius = number ? 20 : 13;
  pen.arc(ROUND - radius, radius, radius, 0, 2 * Math.PI);
  pen.fill();
  pen.fillStyle = "#fff";
  pen.font = "bold 28px sans-serif";
  pen.textAlign = "center";
  if (number) pen.fillText(number > 9 ? "9+" : number, ROUND - 20, 30, 38);
  return canvas.toDataURL();
}
