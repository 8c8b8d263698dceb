// What is unread, in the page's title, its icon, and the icon of an installed app: as a number
// what calls for its reader; as a dot what is unread besides.
import { find } from "../../components/dom.js";
import { formatNumber } from "../../components/numbers.js";
import { on } from "../../realtime/connection.js";

const MAX_COUNT = 10; // the highest with an icon: see components/icons/logo.py
let mark = ""; // what stands before the title
let plainIcon; // the address of the icon without a count

// Every message of a direct conversation or a followed room, else mentions.
const weigh = ({ kind, notify, unread, mentions }) =>
  Number((kind === "direct" || notify === "everything" ? unread : mentions) ?? 0);

export function showTotal() {
  const unread = '[data-testid="room-list"] :is([data-unread], [data-mentions])';
  const entries = [...document.querySelectorAll(unread)].map(({ dataset }) => dataset)
    .filter(({ notify }) => notify !== "nothing");
  const total = entries.reduce((sum, entry) => sum + weigh(entry), 0);
  const mentions = entries.reduce((sum, entry) => sum + Number(entry.mentions ?? 0), 0);
  const before = mark;
  mark = total ? `(${formatNumber(total)}) ` : entries.some((entry) => entry.unread) ? "• " : "";
  const inbox = find("mentions");
  if (inbox) mentions ? inbox.dataset.count = formatNumber(mentions) : delete inbox.dataset.count;
  showTitle();
  if (mark === before) return;
  showIcon(total);
  const badge = mark ? navigator.setAppBadge?.(...(total ? [total] : [])) : navigator.clearAppBadge?.();
  badge?.catch(() => {}); // only an installed app has one
}

on("drawn", showTitle);
function showTitle() { // Python writes the title of the view
  const wanted = mark + document.title.replace(/^(\([\p{Nd},]+\)|•) /u, "");
  if (document.title !== wanted) document.title = wanted;
}

function showIcon(total) {
  const link = document.querySelector("link[rel~='icon']");
  if (!link) return;
  plainIcon ??= link.href;
  const counted = `../../unread-${Math.min(total, MAX_COUNT)}.svg`; // 0 is the dot
  link.href = mark ? new URL(counted, import.meta.url) : plainIcon;
}
