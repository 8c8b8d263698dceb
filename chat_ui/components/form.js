// Forms: what is filled in goes to Python; a password is rated here, before it is sent anywhere.
import { follow } from "./clicks.js";
import { size, submit } from "../rooms/composer.js";
import { find, tell } from "./dom.js";
import { store } from "./storage.js";
import { me } from "../rooms/timeline.js";

function rate(box) {
  const text = box.value.toLowerCase();
  const name = (box.form.elements.username?.value || me() || "").toLowerCase();
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(box.value)).length;
  const different = new Set(text).size;
  const easy = (name && text.includes(name)) || /(.)\1{3}|0123|1234|2345|3456|abcd|qwert|passwor/.test(text);
  const bits = different * 1.6 + size(box.value) * 0.9 + kinds * 3 - (easy ? 14 : 0);
  const strength = box.value.length < 8 ? Math.min(1, size(box.value)) : bits < 22 ? 1 : bits < 32 ? 2 : bits < 44 ? 3 : 4;
  box.closest("form").querySelector(".meter").dataset.strength = box.value ? strength : 0;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("composer" in form.dataset) {
    event.preventDefault();
    submit(find("composer"));
  } else if ("form" in form.dataset) {
    event.preventDefault();
    tell(form, "filled", Object.fromEntries(new FormData(form)));
  } else if ("search" in form.dataset) { // what is looked for is an address, so that one can go back
    event.preventDefault();
    follow(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
  } else if ("logout" in form.dataset) {
    // Whoever logs out leaves nothing behind on a machine that others may use.
    for (const key of store.keys("chat-")) store.drop(key);
  }
});

document.addEventListener("input", (event) => {
  if (event.target.dataset?.rate) rate(event.target);
});
