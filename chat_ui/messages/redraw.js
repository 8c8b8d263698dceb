// Draws a message again in place: only what Python draws differently touches the page. What plays, is
// unfolded, is open, has the focus or is selected there stays so, since it stays the same element.
//
// There are three trees: `shown` is in the page, with all that was added there; Python drew it as `before`,
// and draws it as `after` now.
export function redraw(shown, before, after) {
  if (before.isEqualNode(after)) return;
  if (after.nodeType === Node.TEXT_NODE) { shown.data = after.data; return; }
  redrawAttributes(shown, before, after);
  redrawChildren(shown, before, after);
}

function redrawAttributes(shown, before, after) {
  for (const token of before.classList) if (!after.classList.contains(token)) shown.classList.remove(token);
  shown.classList.add(...after.classList);
  for (const name of new Set([...before.getAttributeNames(), ...after.getAttributeNames()])) {
    const value = after.getAttribute(name);
    if (name === "class" || value === before.getAttribute(name)) continue;
    if (value === null) shown.removeAttribute(name);
    else shown.setAttribute(name, value);
  }
}

function redrawChildren(shown, before, after) {
  const old = pairUp(shown, before);
  const wanted = [...after.childNodes];
  let last; // the last node that is in its place
  while (old.length && wanted.length && old[0].drawn.isEqualNode(wanted[0])) {
    last = old.shift().node;
    wanted.shift();
  }
  while (old.length && wanted.length && old.at(-1).drawn.isEqualNode(wanted.at(-1))) {
    old.pop();
    wanted.pop();
  }
  for (const next of wanted) {
    const passed = takeUpTo(old, keyOf(next));
    const same = passed.pop();
    for (const { node } of passed) node.remove();
    if (same) redraw(same.node, same.drawn, next);
    else if (last) last.after(next);
    else shown.prepend(next);
    last = same?.node ?? next;
  }
  for (const { node } of old) node.remove();
}

// Which child is which: a part of a message by its class, a reaction by its emoji, an answer by its number.
const keyOf = ({ nodeName, classList, dataset }) =>
  [nodeName, classList?.[0], dataset?.emoji ?? dataset?.number].join();
const keyed = (node, drawn) => ({ key: keyOf(drawn ?? node), node, drawn });

function pairUp(shown, before) { // with the nodes in the page, among which are others
  const there = [...shown.childNodes].map((node) => keyed(node));
  return [...before.childNodes].map((drawn) => keyed(takeUpTo(there, keyOf(drawn)).pop()?.node, drawn))
    .filter(({ node }) => node);
}

function takeUpTo(list, key) { // none if there is no such key
  return list.splice(0, list.findIndex((each) => each.key === key) + 1);
}
