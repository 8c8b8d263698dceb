// How these modules find and speak to what Python drew.
export const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
export const frame = () => document.querySelector("[data-frame]");
export const tell = (element, event, detail) =>
  element?.dispatchEvent(new CustomEvent(event, { detail }));
// Whatever the page itself has to say goes to one listener: each costs every page.
export const tellPage = (event, detail) => tell(frame(), "say", { event, detail });
