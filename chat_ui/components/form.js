// Forms: what is filled in goes to Python.
import { tell } from "./dom.js";
import { goTo } from "./navigation.js";
import { store } from "./storage.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const fields = new FormData(form);
  if ("form" in form.dataset) {
    event.preventDefault();
    tell(form, "filled", Object.fromEntries(fields));
  } else if ("search" in form.dataset) { // a search is an address, so that one can go back
    event.preventDefault();
    goTo(`${form.getAttribute("action")}?${new URLSearchParams(fields)}`);
  } else if ("logout" in form.dataset) { // nothing stays on a machine that others may use
    store.keys("chat-").forEach(store.drop);
  }
});
