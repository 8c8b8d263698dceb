// What could be meant, while one types `:smi` or `@as`: a list above the composer.
//
// Another kind of word is one call of `complete`. `source(word)` returns, or promises, what fits:
// [{ insert, sign, name, more }], `insert` being what takes the place of the word, and `sign` a
// text or a node. It is asked at every key, so it should keep what it has fetched.
const MOST = 8;
const kinds = [];
let box, list; // where one types, and the list, while it is open
let found, at, word; // what is in it, which of it is chosen, and the word it is about
let dismissed; // the text before the word whose list was closed with Escape
let asked = 0; // how often a source was asked: only the last answer counts
let looked; // where the caret was then

export function complete(trigger, { least = 0, source }) {
  kinds.push({ source, pattern: new RegExp(`(?<![^\\s(])${trigger}([^\\s${trigger}]{${least},40})$`, "u") });
}

// An odd number of backticks before it: it is within code, where every sign is meant as it is.
const inCode = (text) => (text.match(/`/g) ?? []).length % 2 === 1;

const caret = (element) => `${element.selectionStart}/${element.value.length}`;

function wordBefore(element) {
  if (element.selectionStart !== element.selectionEnd) return null;
  const before = element.value.slice(0, element.selectionStart);
  if (inCode(before)) return null;
  for (const kind of kinds) {
    const match = kind.pattern.exec(before);
    if (match) return { kind, start: match.index, end: before.length, text: match[1], above: before.slice(0, match.index) };
  }
  return null;
}

async function look(element) {
  const mine = ++asked;
  looked = caret(element);
  const wanted = wordBefore(element);
  if (!wanted || wanted.above === dismissed) {
    if (!wanted) dismissed = undefined;
    close();
    return;
  }
  const answer = await (async () => wanted.kind.source(wanted.text))().catch(() => []);
  if (mine !== asked || document.activeElement !== element) return; // one has typed on, or gone
  answer.length ? open(element, wanted, answer.slice(0, MOST)) : close();
}

function open(element, wanted, items) {
  [box, word, found] = [element, wanted, items];
  if (!list) {
    list = document.createElement("ul");
    list.id = "completion";
    list.className = "completion";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.dataset.wordCompletion ?? "");
    list.dataset.testid = "completion";
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where one types
    list.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) choose([...list.children].indexOf(item));
    });
    document.body.append(list);
    box.setAttribute("aria-controls", list.id);
    box.setAttribute("aria-autocomplete", "list");
  }
  list.replaceChildren(...items.map(draw));
  mark(0);
  place();
}

function draw({ sign, name, more }, number) {
  const item = document.createElement("li");
  item.id = `completion-${number}`;
  item.setAttribute("role", "option");
  const part = (className, content) => {
    const span = document.createElement("span");
    span.className = className;
    span.append(content);
    return span;
  };
  item.append(part("sign", sign ?? ""), part("name", name), part("more", more ?? ""));
  return item;
}

function place() { // above the composer, wherever that is: it grows, and a keyboard comes up
  const around = box.getBoundingClientRect();
  const start = getComputedStyle(list).direction === "rtl" ? innerWidth - around.right : around.left;
  list.style.insetInlineStart = `${Math.max(8, Math.min(start, innerWidth - list.offsetWidth - 8))}px`;
  list.style.bottom = `${innerHeight - around.top + 6}px`;
  list.style.maxHeight = `${around.top - 12}px`;
}

function mark(number) {
  at = (number + found.length) % found.length;
  [...list.children].forEach((item, index) => item.setAttribute("aria-selected", index === at));
  list.children[at].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", `completion-${at}`);
}

export function close() {
  list?.remove();
  for (const name of ["controls", "autocomplete", "activedescendant"]) box?.removeAttribute(`aria-${name}`);
  [list, box] = [undefined, undefined];
}

function choose(number) {
  const [element, { start, end }, { insert }] = [box, word, found[number]];
  close();
  element.setSelectionRange(start, end);
  write(element, `${insert} `);
}

export function write(element, text) { // in the place of what is selected, so that Ctrl+Z knows of it
  element.focus();
  if (document.execCommand("insertText", false, text)) return;
  element.setRangeText(text, element.selectionStart, element.selectionEnd, "end");
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

const KEYS = {
  ArrowDown: () => mark(at + 1),
  ArrowUp: () => mark(at - 1),
  Enter: () => choose(at),
  Tab: () => choose(at),
  Escape: () => { dismissed = word.above; close(); },
};

// Before the composer hears of the key: there Enter sends.
document.addEventListener("keydown", (event) => {
  const act = list && event.target === box && KEYS[event.key];
  if (!act || event.isComposing || event.keyCode === 229 || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}, true);
const completes = ({ target }) => "completes" in (target.dataset ?? {});
document.addEventListener("input", (event) => { if (completes(event)) look(event.target); });
document.addEventListener("selectionchange", () => { // the caret went elsewhere without a key
  if (list && caret(box) !== looked) look(box);
});
document.addEventListener("focusout", (event) => { if (event.target === box) close(); });
addEventListener("resize", () => { if (list) place(); });
