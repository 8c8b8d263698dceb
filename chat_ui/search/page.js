// The field of the search page: it gets the focus, with the caret at the end.
import { find } from "../components/dom.js";
import { on } from "../components/events.js";

let field;
on("drawn", () => {
  const found = find("search");
  if (found === field) return;
  field = found;
  const hasResults = field?.value.trim() && !field.value.endsWith(" "); // these are there to be read
  if (!field || hasResults) return;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
});
