// The service worker: it shows the offline page when the server cannot be reached. Python puts
// VERSION, ICON and what may be shared (SHARED) before this. It stores nothing else: whatever
// anybody wrote stays on the server.
const CACHE = `chat-${VERSION}`;
const OFFLINE = "/offline";
const SHARE = "/share";
const AWAY = [502, 503, 504]; // what a proxy says while the server is down

addEventListener("install", (event) => {
  skipWaiting();
  event.addRoutes?.({ condition: { not: { requestMode: "navigate" } }, source: "network" })?.catch(() => {});
  event.waitUntil(keep());
});

async function keep() {
  const cache = await caches.open(CACHE);
  await cache.add(new Request(OFFLINE, { cache: "reload" }));
}

addEventListener("activate", (event) => event.waitUntil(takeOver()));

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  await registration.navigationPreload?.enable(); // the page is asked for while this starts
  await clients.claim();
}

addEventListener("fetch", (event) => {
  const { mode, method, url } = event.request;
  if (mode !== "navigate") return;
  if (method === "GET") event.respondWith(page(event));
  else if (new URL(url).pathname === SHARE) event.respondWith(take(event.request));
});

async function page(event) {
  const answer = await load(event).catch(() => Response.error());
  const isAway = answer.type === "error" || AWAY.includes(answer.status);
  return (isAway && await caches.match(OFFLINE)) || answer;
}

async function load(event) {
  return await event.preloadResponse ?? await fetch(event.request);
}

// -- what another app shares (W3C Web Share Target, with files), for rooms/composer/attachments.js ---
let shared = []; // files, until a page takes them

async function take(request) {
  const form = await request.formData();
  shared = form.getAll("files").filter((each) => each instanceof File).slice(0, SHARED.files);
  const words = new URLSearchParams({ files: shared.length });
  for (const name of SHARED.words) { // any page may send more
    const said = form.get(name);
    if (typeof said === "string") words.set(name, said.slice(0, SHARED.characters));
  }
  return Response.redirect(`/rooms/mine?${words}`, 303);
}

addEventListener("message", ({ data, source }) => {
  if (data !== "shared") return;
  source.postMessage({ shared });
  shared = [];
});

// -- notifications: what the server sends while no page is open (services/push) --------------------
addEventListener("push", (event) => event.waitUntil(notify(event.data.json())));

async function notify({ kind, room, seq, title, body }) {
  const tag = `chat-room-${room}`;
  const shown = await registration.getNotifications({ tag });
  if (kind === "read") shown.forEach((notification) => notification.close());
  else if (!shown.some(({ data }) => data.seq >= seq)) { // else a page was faster
    const data = { seq, address: `/rooms/${room}/messages/${seq}` };
    await registration.showNotification(title, { body, tag, data, icon: ICON, renotify: true });
  }
}

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.address));
});

async function open(address) { // in the page that was used last, if there is one
  const [page] = await clients.matchAll({ type: "window" });
  if (!page) return clients.openWindow(address);
  page.postMessage({ open: address });
  return page.focus();
}
