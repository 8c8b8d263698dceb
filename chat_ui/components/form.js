// Forms: what is filled in goes to Python. A password is rated here, before it is sent anywhere.
import { tell } from "./dom.js";
import { goTo } from "./navigation.js";
import { store } from "./storage.js";
import { me } from "../rooms/state.js";

const EASY = /(.)\1{3}|0123|1234|2345|3456|abcd|qwert|passwor/;
const KINDS = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/];
const BITS = [22, 32, 44]; // from which on a password is of strength 2, 3 and 4

function rate({ value, form }) {
  const text = value.toLowerCase();
  const name = (form.elements.username?.value || me() || "").toLowerCase();
  const kinds = KINDS.filter((kind) => kind.test(value)).length;
  const isEasy = (name && text.includes(name)) || EASY.test(text);
  const length = [...value].length;
  const bits = new Set(text).size * 1.6 + length * 0.9 + kinds * 3 - (isEasy ? 14 : 0);
  const strength = value.length < 8 ? Math.min(1, length) : 1 + BITS.filter((least) => bits >= least).length;
  form.querySelector(".meter").dataset.strength = value ? strength : 0;
}

document.addEventListener("input", ({ target }) => {
  if (target.dataset?.rate) rate(target);
});

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
