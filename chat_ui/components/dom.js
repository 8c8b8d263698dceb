// Finding what Python drew, copying its templates, and events that Python listens to.
import { formatNumber } from "./numbers.js";

export const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
export const frame = () => document.querySelector("[data-frame]");
export const copyTemplate = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

// Puts values into words of Python's such as "Reply to {name}".
const inLanguage = (value) => (typeof value === "number" ? formatNumber(value) : value);
export const format = (words, values) =>
  words.replace(/\{(\w+)\}/g, (_all, name) => inLanguage(values[name]));

// The same into an element: each value has a direction of its own, and leaves that of the words alone.
export function fill(element, words, values) {
  element.replaceChildren(...words.split(/(\{\w+\})/).map((part) => {
    const value = part.startsWith("{") ? values[part.slice(1, -1)] : undefined;
    return value === undefined ? part : Object.assign(document.createElement("bdi"), { textContent: value });
  }));
}

// The same for words with a count, of which Python may have written both forms (`counted` in html.py).
export function formatCount(words, name, values) {
  const isOne = new Intl.PluralRules(document.documentElement.lang).select(values.count) === "one";
  return format((isOne && words[`${name}One`]) || words[name], values);
}

// Only words that change: others may be selected, and the page looks at whatever is drawn.
export function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

// Listens to what happens in elements that match, which Python may draw at any time.
export const listen = (type, selector, action, capture = false) =>
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) action(element, event);
  }, capture);

export const tell = (element, event, detail) =>
  element?.dispatchEvent(new CustomEvent(event, { detail }));

// Enter that ends an IME composition is not a command; Safari reports it as key code 229.
export const isComposing = (event) => event.isComposing || event.keyCode === 229;
export const isPlainClick = (event) => !event.metaKey && !event.ctrlKey && !event.shiftKey;
