// What is begun in a room: a text and its aim, { text, aim }. An aim is the message that it is about:
// { kind: "reply" or "edit", seq, name, text }; a new message has none.
//
// All tabs share the draft, which is a new message or a reply. Edits belong to the tab in which they were
// begun, and leave the draft alone.
import { store, tabStore } from "../../components/storage.js";
import { me } from "../state.js";

export const draftKey = (room, writer = me()) => `chat-draft:${writer}:${room}`;
const editsKey = (room) => `chat-edits:${me()}:${room}`;
const isText = (value) => typeof value === "string";

export function soundReply(aim) { // what a torn disk or another program has put there is no aim
  const isSound = Number.isInteger(aim?.seq) && isText(aim.name) && isText(aim.text ?? "");
  return isSound ? { kind: "reply", seq: aim.seq, name: aim.name, text: aim.text ?? "" } : null;
}

export function readDraft(room, writer) {
  const { text, aim } = store.getJson(draftKey(room, writer)) ?? {};
  if (isText(text)) return { text, aim: soundReply(aim) };
  return { text: store.get(draftKey(room, writer)) ?? "", aim: null }; // of a version before aims
}

export function keepDraft(room, { text, aim }, writer) { // returns whether the browser keeps it
  const key = draftKey(room, writer);
  if (text || aim) return store.set(key, JSON.stringify({ text, aim }));
  store.drop(key);
  return true;
}

export function addToDraft(room, { above, below, aim }, writer) {
  const draft = readDraft(room, writer);
  const text = [above, draft.text, below].filter(Boolean).join("\n");
  return keepDraft(room, { text, aim: aim ?? draft.aim }, writer);
}

// Of several edits the last comes first: the others wait until it is saved or given up.
function readEdits(room) {
  const kept = tabStore.getJson(editsKey(room));
  return Array.isArray(kept) ? kept.filter((edit) => Number.isInteger(edit?.seq) && isText(edit.text)) : [];
}

export function readEdit(room, seq) { // of this message, or the last
  const edit = readEdits(room).findLast((each) => each.seq === (seq ?? each.seq));
  return edit && { text: edit.text, aim: { kind: "edit", seq: edit.seq } };
}

export function keepEdit(room, seq, text) {
  keepEdits(room, [...others(room, seq), { seq, text }]);
}

export function dropEdit(room, seq) {
  keepEdits(room, others(room, seq));
}

const others = (room, seq) => readEdits(room).filter((each) => each.seq !== seq);

function keepEdits(room, edits) {
  if (edits.length) tabStore.set(editsKey(room), JSON.stringify(edits));
  else tabStore.drop(editsKey(room));
}
