// Finding what Python drew, copying its templates, and telling Python what happened.
export const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
export const frame = () => document.querySelector("[data-frame]");
export const copyTemplate = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

// Puts values into words of Python's such as "Reply to {name}".
export const format = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

export const tell = (element, event, detail) =>
  element?.dispatchEvent(new CustomEvent(event, { detail }));
// All of it goes to one listener: NiceGUI keeps each listener for every open page.
export const tellPage = (event, detail) => tell(frame(), "client_event", { event, detail });

// Enter that ends an IME composition is not a command; Safari reports it as key code 229.
export const isComposing = (event) => event.isComposing || event.keyCode === 229;
export const isPlainClick = (event) => !event.metaKey && !event.ctrlKey && !event.shiftKey;
