// How these modules find and speak to what Python drew.
export const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
export const frame = () => document.querySelector("[data-frame]");
export const tell = (element, event, detail) =>
  element?.dispatchEvent(new CustomEvent(event, { detail }));
