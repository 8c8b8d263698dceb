// Notifications while no page is open: only the browser knows its push service and may subscribe.
import { actions } from "../../components/actions.js";
import { goTo } from "../../components/navigation.js";
import { store } from "../../components/storage.js";
import { on, sendToServer } from "../../realtime/connection.js";
import { myId } from "../state.js";

const key = () => `chat-push:${myId()}`;
const wanted = () => store.get(key()); // "on", or "text" with that of the messages
const isPossible = () => navigator.serviceWorker && globalThis.PushManager;
const show = (state) => { document.body.dataset.push = state; }; // the account page has words for each

function state() {
  if (!globalThis.isSecureContext) return "insecure";
  if (!isPossible()) return "unsupported";
  return Notification.permission === "denied" ? "denied" : wanted() ?? "off";
}

// The worker, on a device that is notified by push: it then shows what this page would, too.
export const pushWorker = async () => (isPossible() && wanted() ? navigator.serviceWorker.ready : null);

async function subscribe(how) {
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = await (await fetch("/push-key")).text();
  const options = { userVisibleOnly: true, applicationServerKey };
  const found = await pushManager.subscribe(options).catch(async (error) => {
    const old = await pushManager.getSubscription(); // with the key of an earlier server
    if (!old) throw error;
    await old.unsubscribe();
    return pushManager.subscribe(options);
  });
  const { endpoint, keys } = found.toJSON();
  sendToServer("push_subscribe", { endpoint, p256dh: keys.p256dh, auth: keys.auth, text: how === "text" });
}

async function turnOn(how) {
  if (!isPossible() || (await Notification.requestPermission()) !== "granted") { show(state()); return; }
  try {
    await subscribe(how);
    store.set(key(), how);
    show(how);
  } catch { show("failed"); }
}

let isTold = false; // once for each page, however often it reconnects
on("connected", () => { // the server may have forgotten it, and the browser have another one
  show(state());
  if (isTold || !isPossible() || !wanted() || Notification.permission !== "granted") return;
  isTold = true;
  turnOn(wanted());
});
on("calls-allowed", () => turnOn(wanted() ?? "on"));

Object.assign(actions, {
  "push-on": () => turnOn("on"),
  "push-text": () => turnOn("text"),
  "push-off": async () => {
    store.drop(key());
    show("off");
    sendToServer("push_unsubscribe", {});
    const { pushManager } = await navigator.serviceWorker.ready;
    await (await pushManager.getSubscription())?.unsubscribe();
  },
});

navigator.serviceWorker?.addEventListener("message", ({ data }) => { if (data.open) goTo(data.open); });
