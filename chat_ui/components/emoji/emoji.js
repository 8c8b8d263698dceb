// Emoji by short code while typing, and by the picker, whose module is loaded on first use.
import { complete } from "../forms/autocomplete.js";
import { loadEmoji, search, toned } from "./emoji_list.js";

complete(":", {
  least: 2,
  source: async (word) => search((await loadEmoji()).emoji, word, 8)
    .map((each) => ({ insert: toned(each), sign: toned(each), name: `:${each.codes[0]}:` })),
});

// With `send`, it offers stickers and GIFs, too.
export async function pickEmoji(anchor, choose, send) {
  const { openPicker } = await import("./emoji_picker.js");
  openPicker(anchor, choose, send);
}
