// What only a browser can do; everything else is Python. Nothing here decides who may do what.
//
// Modules learn what happened from the bus (realtime/connection.js), by which they also send events
// to the server. Forms and lists dispatch theirs on what Python drew (components/dom.js).
import { emit } from "./realtime/connection.js";
import "./auth/passkeys.js";
import "./components/overlays/dialog.js";
import "./components/forms/form.js";
import "./components/forms/kept_form.js";
import "./components/overlays/lightbox.js";
import "./components/keyboard/shortcuts.js";
import "./messages/media/animations.js";
import "./messages/media/player.js";
import "./messages/polls/polls.js";
import "./messages/reactions/reactions.js";
import "./messages/read_receipts.js";
import "./rooms/composer/send_later.js";
import "./messages/media/uploads.js";
import "./people/blocked.js";
import "./people/presence.js";
import "./people/profile_card.js";
import "./people/time_zone.js";
import "./realtime/worker.js";
import "./rooms/composer/dropped_files.js";
import "./rooms/composer/formatting.js";
import "./rooms/composer/mention_autocomplete.js";
import "./rooms/composer/message_preview.js";
import "./rooms/composer/unsent.js";
import "./rooms/notifications/notifications.js";
import "./rooms/notifications/push.js";
import "./rooms/timeline/timeline.js";
import "./rooms/timeline/typing_indicator.js";
import "./rooms/timeline/unread_bar.js";
import "./search/quick_switcher.js";

// Vue draws when it likes.
new MutationObserver(() => emit("drawn")).observe(document.documentElement, {
  childList: true, subtree: true, attributeFilter: ["data-animations", "data-blocked"],
});
