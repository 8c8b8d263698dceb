// Sentences that screen readers say by themselves: announcer.py draws the place for them.
import { find } from "../dom.js";

const KEPT = 5; // sentences; one that goes at once may not be said

export function announce(words) {
  const place = find("announcer");
  if (!place) return;
  place.append(Object.assign(document.createElement("p"), { textContent: words }));
  while (place.childElementCount > KEPT) place.firstElementChild.remove();
}
