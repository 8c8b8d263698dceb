// Passkeys: only the browser can ask a device for one. Python makes the options and checks the answer.
import { listen } from "../components/dom.js";
import { on, sendToServer } from "../realtime/connection.js";

// A passkey belongs to a host name, so there is none at a bare address; and they need HTTPS or localhost.
const isAddress = /^[\d.]+$|^\[/.test(location.hostname);
const { PublicKeyCredential } = window;
const isPossible = isSecureContext && !isAddress && Boolean(PublicKeyCredential?.parseRequestOptionsFromJSON);
document.documentElement.dataset.passkeys = isPossible ? "yes" : "no"; // for CSS

async function answer(kind, options) {
  const publicKey = kind === "create"
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return JSON.stringify(await navigator.credentials[kind]({ publicKey }));
}

on("chat_passkey_wanted", askDevice);
async function askDevice({ kind, options }) {
  const made = await answer(kind, JSON.parse(options)).catch(() => ""); // the person gave it up, or has none
  sendToServer("passkey", { answer: made });
}

listen("submit", "[data-passkey]", async (form, event) => { // at the login there is no websocket yet
  event.preventDefault();
  const [failed, fields] = [form.querySelector(".sentence"), form.elements];
  failed.textContent = "";
  try {
    const wanted = await fetch("/login/passkey/options", { method: "POST" });
    const { token, options } = await wanted.json();
    fields.answer.value = await answer("get", options);
    fields.ceremony.value = token;
    fields.trust.value = document.querySelector("[name=trust]:checked") ? "on" : "";
    form.submit();
  } catch {
    failed.textContent = form.dataset.wordFailed;
  }
});
