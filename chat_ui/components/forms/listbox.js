// A list below or above a field: one option is selected, while the focus stays in the field.
export const selected = (list) => list.querySelector('[aria-selected="true"]');

export function select(field, list, index) { // after the last comes the first
  const options = [...list.children];
  const chosen = options.at(index % options.length);
  for (const option of options) option.setAttribute("aria-selected", option === chosen);
  chosen?.scrollIntoView({ block: "nearest" });
  if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
  else field.removeAttribute("aria-activedescendant");
}

export const step = (field, list, by) =>
  select(field, list, [...list.children].indexOf(selected(list)) + by);
