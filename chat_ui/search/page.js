// Search: who comes to the field wants to type in it, after what stands there already.
import { find } from "../components/dom.js";

let field;
export function focusSearch() { // Vue has drawn another one
  const found = find("search");
  if (found === field) return;
  field = found;
  if (!field || field.value.trim() && !field.value.endsWith(" ")) return; // results are there to be read
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}
