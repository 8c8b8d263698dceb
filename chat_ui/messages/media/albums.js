// Pictures that somebody sends one after the other stand side by side: which, only the page knows, since
// Python draws each message once, and others may come between them.
import { on } from "../../realtime/connection.js";
import { current } from "../../rooms/state.js";

const isWritten = (message) => !message.matches(".bare"); // it has a text, which stands below all of them

export function arrangeAlbums() {
  let album = [];
  for (const message of current.timeline?.querySelectorAll(".message.pictured") ?? []) {
    if (!goesOn(message, album.at(-1))) {
      arrange(album);
      album = [];
    }
    album.push(message);
  }
  arrange(album);
}
on("drawn", arrangeAlbums);
on("redrawn", (message) => { if (!message.matches(".pictured")) delete message.dataset.tile; });

const goesOn = (message, above) => above && message.previousElementSibling === above && !isWritten(above)
  && message.matches(".continued") && !message.querySelector(":scope > .bubble > :is(.quote, .forwarded)");

function arrange(album) { // two in a row; of an odd number the first is alone, and one with a text is
  if (album.length < 2) { delete album[0]?.dataset.tile; return; }
  const paired = album.length - isWritten(album.at(-1));
  album.forEach((message, index) => {
    const isWide = index === paired || (paired % 2 && !index);
    message.dataset.tile = isWide ? "wide" : (index - paired) % 2 ? "end" : "start";
  });
}
