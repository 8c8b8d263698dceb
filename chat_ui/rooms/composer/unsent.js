// What was begun in a room before it was encrypted: it is shown, to be taken into an app.
import { actions, copy } from "../../components/actions.js";
import { find, setText } from "../../components/dom.js";
import { on } from "../../realtime/connection.js";
import { current } from "../state.js";
import { dropEdit, keepDraft, readDraft, readEdit } from "./drafts.js";

const begun = () => readEdit(current.room) ?? readDraft(current.room); // edits first: they are one by one

on("drawn", show);
function show() {
  const place = find("unsent");
  if (!place || !current.timeline) return;
  const { text } = begun();
  place.hidden = !text.trim();
  setText(place.querySelector(".unsent-text"), text);
}

actions["copy-unsent"] = (button) => copy(button, begun().text);
actions["drop-unsent"] = () => {
  const { aim } = begun();
  if (aim?.kind === "edit") dropEdit(current.room, aim.seq);
  else keepDraft(current.room, { text: "" });
  show();
};
