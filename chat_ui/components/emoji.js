// Emoji by short code while typing, and by the picker, whose module is loaded on first use.
import { actions } from "./actions.js";
import { complete, write } from "./autocomplete.js";
import { find } from "./dom.js";
import { loadEmoji, search, toned } from "./emoji_list.js";

complete(":", {
  least: 2,
  source: async (word) => search((await loadEmoji()).emoji, word, 8)
    .map((each) => ({ insert: toned(each), sign: toned(each), name: `:${each.codes[0]}:` })),
});

export async function pickEmoji(anchor, choose) {
  const { openPicker } = await import("./emoji_picker.js");
  openPicker(anchor, choose);
}
actions.emoji = (button) => pickEmoji(button, (sign) => write(find("composer"), sign));
