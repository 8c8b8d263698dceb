// The line to the server: only the browser knows whether it is up.
import { find } from "../components/dom.js";

export let up = false;

export function connection(isUp) {
  up = isUp;
  const notice = find("connection");
  if (!notice) return;
  notice.hidden = isUp;
  notice.textContent = isUp ? "" : notice.dataset.wordLost;
}

export async function refused() {
  // The server may be away, or it may have ended the session: only then we go to log in.
  const answer = await fetch("/session", { redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload();
}
