// What the browser alone can do. Everything else is Python.
//
// Python hears of what happens here by CustomEvents on the elements it drew (`tell`), and
// speaks to it by the few Socket.IO events at the end. Nothing here decides who may do what.
"use strict";
(() => {
  const find = (testid) => document.querySelector(`[data-testid="${testid}"]`);
  const tell = (element, event, detail) =>
    element?.dispatchEvent(new CustomEvent(event, { detail }));

  // -- connection: only the browser knows whether the line is up -------------------------------
  // A page without a session has no websocket; with one, it tries again for as long as it takes
  // (NiceGUI would load the page anew after 20 s, and so lose it while the server is away).
  const anonymous = document.currentScript.dataset.anonymous === "true";
  let up = false;
  const plain = window.io;
  window.io = (url, options) => {
    const socket = plain(url, {
      ...options, autoConnect: !anonymous, timeout: 3600_000, reconnectionDelayMax: 4000,
    });
    listen(socket);
    return socket;
  };

  function connection(isUp) {
    up = isUp;
    const notice = find("connection");
    if (!notice) return;
    notice.hidden = isUp;
    notice.textContent = isUp ? "" : notice.dataset.wordLost;
  }

  async function refused() {
    // The server may be away, or it may have ended the session: only then we go to log in.
    const answer = await fetch("/session", { redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") location.reload();
  }

  // -- times: only the browser knows the reader's time zone -------------------------------------
  const zoned = (options) => (iso) =>
    new Intl.DateTimeFormat(undefined, options).format(new Date(iso));
  const clock = zoned({ hour: "2-digit", minute: "2-digit" });
  const long = zoned({ dateStyle: "medium", timeStyle: "short" });
  const dayOf = (iso) => new Date(iso).toDateString();

  function dayWords(iso) {
    const days = Math.round((new Date(dayOf(iso)) - new Date(new Date().toDateString())) / 86400_000);
    if (days === 0 || days === -1) {
      const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" })
        .format(days, "day");
      return words.charAt(0).toUpperCase() + words.slice(1);
    }
    return zoned({ dateStyle: "full" })(iso);
  }

  function showTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-shown])")) {
      time.dataset.shown = "";
      time.textContent = ("long" in time.dataset ? long : clock)(time.dateTime);
      time.title = long(time.dateTime);
    }
  }

  // -- what waits to be sent, and drafts: they must outlive the connection and the page ---------
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return undefined; } },
    set: (key, value) => { try { localStorage.setItem(key, value); return true; } catch { return false; /* full, or a private window */ } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* private window */ } },
    keys: (start) => { try { return Object.keys(localStorage).filter((key) => key.startsWith(start)); } catch { return []; } },
  };
  let known; // who looks at it does not change within a page, and not every view has a timeline
  const me = () => (known = timeline?.dataset.me ?? known);
  const draftKey = () => `chat-draft:${me()}:${room}`;
  const waitingKey = (id) => `chat-waiting:${me()}:${id}`;
  const waiting = new Map(); // what this page sent and has no answer to, by its id
  const ANSWER_WITHIN = 30_000; // milliseconds; the server refuses sooner than this

  const inOrder = () => [...waiting.values()].sort((a, b) => a.at - b.at);

  function keep(sent) { // without `asked`: it means nothing to another page
    waiting.set(sent.id, sent);
    const text = JSON.stringify(sent, ["id", "room", "text", "at", "reason"]);
    sent.kept = store.set(waitingKey(sent.id), text) || sent.kept;
  }

  function load(key) { // what a torn disk or somebody else has put there is dropped
    try {
      const { id, room, text, at, reason } = JSON.parse(store.get(key));
      if (key === waitingKey(id) && Number.isInteger(room) && typeof text === "string"
        && typeof at === "number" && new Date(at).toISOString()) return { id, room, text, at, reason, kept: true };
    } catch { /* as below */ }
    store.drop(key);
    return null;
  }

  function loadWaiting() {
    for (const key of store.keys(`chat-waiting:${me()}:`)) {
      const sent = load(key);
      if (sent && !waiting.has(sent.id)) waiting.set(sent.id, sent);
    }
  }

  function goneElsewhere(sent) { // another tab has had its answer, or taken it back to edit it
    if (!sent.kept || store.get(waitingKey(sent.id)) !== null) return false;
    waiting.delete(sent.id);
    undraw(sent.id);
    return true;
  }

  addEventListener("storage", ({ key }) => { // another tab changed something; null means everything
    if (key !== null && !key.startsWith(`chat-waiting:${me()}:`)) return;
    for (const sent of inOrder()) {
      if (!goneElsewhere(sent) && key === waitingKey(sent.id)) sent.reason = load(key)?.reason;
    }
    drawWaiting();
  });

  function sendWaiting() {
    if (!up || !ready) return;
    const now = performance.now(); // a clock that nobody puts back
    for (const sent of inOrder()) {
      if (goneElsewhere(sent) || sent.reason || now - (sent.asked ?? -Infinity) < ANSWER_WITHIN) continue;
      sent.asked = now;
      tell(timeline, "send", { room: sent.room, id: sent.id, text: sent.text });
    }
  }

  function lookAfter() { // an answer may be lost, or the server too busy to give one: ask again
    if (timeline && up && performance.now() - lastAsked >= ASK_AGAIN) {
      if (!ready || hole !== undefined) catchUp();
      asking = 0;
      scrolled();
    }
    sendWaiting();
  }
  const ASK_AGAIN = 5000; // milliseconds
  setInterval(lookAfter, ASK_AGAIN);

  function stored(id) {
    waiting.delete(id);
    store.drop(waitingKey(id));
  }

  function newId() { // crypto.randomUUID is missing where there is no HTTPS
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // -- timeline: placing, and scroll positions ---------------------------------------------------
  const early = []; // what came live before the page knew where it stands
  let timeline, room, ready, more, lastRead, first, last, toldRead;
  let lastAsked; // when the page asked for messages, by a clock that nobody puts back
  let asking; // before which seq older ones are asked for just now; else 0
  let starting; // whether the room is still being shown for the first time, piece by piece
  let hole; // after which seq something is known to be missing above what is shown
  const messages = () => timeline.querySelectorAll(".message[data-seq]");
  const atBottom = () => timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 80;
  const toBottom = () => { timeline.scrollTop = timeline.scrollHeight; };
  const seqOf = (element) => Number(element.dataset.seq);
  // Who stands at the bottom stays there when the composer grows or a phone's keyboard comes up.
  let stuck = true;
  const resized = new ResizeObserver(() => { if (stuck) toBottom(); });

  function mount() { // Vue has drawn another timeline: begin with it
    const found = find("timeline");
    if (found === timeline) return;
    sayRead();
    timeline = found;
    ready = false;
    resized.disconnect();
    if (!timeline) return;
    stuck = true;
    resized.observe(timeline);
    room = Number(timeline.dataset.room);
    [more, lastRead, first, last, asking, toldRead, saidRead, hole] = [false, 0, 0, 0, 0, 0, false, undefined];
    early.length = 0;
    loadWaiting();
    timeline.addEventListener("scroll", scrolled, { passive: true });
    const box = find("composer");
    if (box) {
      box.value = store.get(draftKey()) ?? "";
      typed(box);
      if (matchMedia("(hover: hover)").matches) box.focus();
    }
    document.body.classList.remove("rooms-open");
    catchUp();
  }

  function catchUp() { // until it is answered, `lookAfter` asks again
    if (!up) return;
    lastAsked = performance.now();
    tell(timeline, "catchup", { room, last: hole ?? last });
  }

  function receive({ room: where, html, how, more: hasMore, read, rest }) {
    const pattern = document.createElement("template");
    pattern.innerHTML = html;
    const arrived = [...pattern.content.children];
    if (!timeline || where !== room) { // one's own, sent from here before something else was opened
      for (const message of arrived) if (message.dataset.author === me()) stored(message.dataset.clientId);
      return;
    }
    if (how === "live" && !ready) { early.push(...arrived); return; }
    if (how === "live" && arrived.length && seqOf(arrived[0]) > last + 1) missed(last);
    const goesOn = Boolean(rest && arrived.length); // a piece: what follows it must be asked for
    if (how === "start" && ready && !arrived.some((message) => seqOf(message) > last)) return; // asked twice
    if (how === "older") {
      const fits = asking === first;
      asking = 0;
      if (!fits) return; // the top was cut off meanwhile: these would leave a hole below them
    }
    const stay = atBottom();
    const height = timeline.scrollHeight - timeline.scrollTop;
    if (how === "start") {
      timeline.replaceChildren();
      [first, last] = [0, 0];
      lastRead = toldRead = read; // what the server knows it need not be told
    }
    let mine = false, fresh = 0;
    for (const message of [...arrived, ...(how === "older" || goesOn ? [] : early.splice(0))]) {
      if (!place(message)) continue;
      mine ||= message.dataset.author === me() && how === "live";
      fresh += how !== "older" && message.dataset.author !== me();
    }
    if (how === "start" || how === "older") more = hasMore;
    if (how === "start" || how === "add") hole = goesOn ? seqOf(arrived.at(-1)) : undefined;
    if (goesOn) ready = false;
    else if (how !== "older") { // older ones say nothing about whether the newest are there
      timeline.dataset.ready = "";
      ready = true;
    }
    drawWaiting();
    starting = how === "start" || (starting && how === "add");
    if (starting || how === "older") unreadRule();
    if (starting) {
      const unread = timeline.querySelector(".rule.unread");
      unread ? unread.scrollIntoView({ block: "center" }) : toBottom();
    } else if (how === "older") {
      timeline.scrollTop = timeline.scrollHeight - height;
    } else if (stay || mine) {
      toBottom();
      trim();
    } else if (fresh) {
      const button = timeline.parentElement.querySelector(".newest");
      button.dataset.count = Number(button.dataset.count || 0) + fresh;
    }
    starting &&= goesOn;
    scrolled();
    sendWaiting();
    if (goesOn) catchUp();
  }

  function missed(since) { // a frame was lost: ask for what lies between
    const where = room;
    setTimeout(() => {
      if (where !== room || !timeline) return;
      hole = Math.min(hole ?? since, since);
      catchUp();
    }, 500);
  }

  function place(message) { // each once, in order of seq; false when it was there already
    const seq = seqOf(message);
    let before = null;
    for (let at = lastMessage(); at; at = previous(at)) {
      if (seqOf(at) === seq) return false;
      if (seqOf(at) < seq) break;
      before = at;
    }
    if (message.dataset.author === me()) {
      message.dataset.state = "sent";
      const id = message.dataset.clientId;
      undraw(id);
      stored(id);
    }
    before ??= timeline.querySelector(".message:not([data-seq])");
    timeline.insertBefore(message, before && ruleBefore(before) || before);
    first = first ? Math.min(first, seq) : seq;
    last = Math.max(last, seq);
    showTimes(message);
    settle(message);
    const after = next(message);
    if (after) settle(after);
    return true;
  }

  const sibling = (step) => (element) => {
    do element = element[step]; while (element && !element.matches(".message"));
    return element;
  };
  const previousAny = sibling("previousElementSibling");
  const nextAny = sibling("nextElementSibling");
  const previous = (element) => { const at = previousAny(element); return at?.dataset.seq ? at : null; };
  const next = (element) => { const at = nextAny(element); return at?.dataset.seq ? at : null; };
  const ruleBefore = (element) =>
    element.previousElementSibling?.matches(".rule.day") ? element.previousElementSibling : null;
  function lastMessage() {
    let at = timeline.lastElementChild;
    while (at && !at.matches(".message[data-seq]")) at = at.previousElementSibling;
    return at;
  }

  function settle(message) { // the day above it, and whether it goes on from the one before
    const when = message.querySelector("time").dateTime;
    const above = previousAny(message);
    const then = above?.querySelector("time").dateTime;
    const sameDay = above && dayOf(then) === dayOf(when);
    const rule = ruleBefore(message);
    if (sameDay) rule?.remove();
    else if (!rule) message.before(makeRule("day", dayWords(when)));
    message.classList.toggle("continued", Boolean(sameDay && new Date(when) - new Date(then) < 300_000
      && above.dataset.author === message.dataset.author));
  }

  function makeRule(kind, words) {
    const rule = document.createElement("div");
    rule.className = `rule ${kind}`;
    rule.setAttribute("role", "separator");
    rule.append(Object.assign(document.createElement("span"), { textContent: words }));
    return rule;
  }

  function unreadRule() { // where the unread begins: it stays while one reads
    const unread = [...messages()].find((message) => seqOf(message) > lastRead && message.dataset.author !== me());
    const old = timeline.querySelector(".rule.unread");
    const wanted = unreadStands ? unread : null;
    if (!wanted) { old?.remove(); return; }
    if (old && nextAny(old) === wanted) return;
    old?.remove();
    (ruleBefore(wanted) ?? wanted).before(makeRule("unread", timeline.dataset.wordUnread));
  }
  let unreadStands = true;

  function trim() { // a page that stays open for days does not grow without end
    const shown = messages();
    if (shown.length <= 400) return;
    for (const message of [...shown].slice(0, shown.length - 200)) {
      ruleBefore(message)?.remove();
      message.remove();
    }
    first = seqOf(messages()[0]);
    settle(messages()[0]);
    more = true;
    toBottom();
  }

  function scrolled() {
    if (!timeline || !ready) return;
    const bottom = stuck = atBottom();
    timeline.parentElement.classList.toggle("scrolled-up", !bottom);
    if (bottom) delete timeline.parentElement.querySelector(".newest").dataset.count;
    if (timeline.scrollTop < 400 && more && first > 1 && !asking && up) {
      asking = first;
      lastAsked = performance.now();
      tell(timeline, "older", { room, before: first });
    }
    reading();
  }

  let readTimer, unsaidRead, saidRead;
  function reading() { // only what was really on a visible page at the bottom counts as read
    if (!timeline || !up || document.visibilityState !== "visible" || !atBottom() || last <= toldRead) return;
    unsaidRead = { room, seq: last };
    readTimer ??= setTimeout(sayRead, saidRead ? 5000 : 300);
  }
  document.addEventListener("visibilitychange", () => { sayRead(); reading(); });
  addEventListener("pagehide", sayRead);

  function sayRead() {
    clearTimeout(readTimer);
    readTimer = undefined;
    if (!unsaidRead || !up) return;
    tell(document.querySelector("[data-frame]"), "read", unsaidRead);
    count(unsaidRead.room, { read: unsaidRead.seq }); // other pages are told by the server
    toldRead = unsaidRead.seq;
    saidRead = true;
    unsaidRead = undefined;
  }

  // -- one's own messages on their way ------------------------------------------------------------
  function drawWaiting() {
    if (!timeline) return; // the answer came after something else was opened
    for (const sent of inOrder()) {
      if (sent.room !== room) continue;
      let shown = timeline.querySelector(`[data-client-id="${CSS.escape(sent.id)}"]`);
      if (!shown) {
        shown = document.getElementById("waiting-message").content.firstElementChild.cloneNode(true);
        shown.dataset.clientId = sent.id;
        shown.dataset.author = me();
        shown.querySelector(".message-body").textContent = sent.text;
        shown.querySelector("time").dateTime = new Date(sent.at).toISOString();
        showTimes(shown);
        timeline.append(shown);
        settle(shown);
      }
      shown.dataset.state = sent.reason ? "failed" : "sending";
      shown.querySelector(".reason").textContent = sent.reason ?? "";
    }
    timeline.toggleAttribute("data-empty", !timeline.querySelector(".message"));
  }

  function undraw(id) {
    timeline?.querySelector(`.message:not([data-seq])[data-client-id="${CSS.escape(id)}"]`)?.remove();
  }

  function say(text) {
    // Later than all that waits, also when the clock was put back meanwhile: it is sent in order.
    const at = Math.max(Date.now(), ...inOrder().map((sent) => sent.at + 1));
    keep({ id: newId(), room, text, at });
    drawWaiting();
    toBottom();
    sendWaiting();
  }

  function failed({ id, sentence }) {
    const sent = waiting.get(id);
    if (!sent) return;
    sent.reason = sentence;
    keep(sent);
    drawWaiting();
    if (timeline && stuck) toBottom(); // the reason made it taller
  }

  function again(id, edit) {
    const sent = waiting.get(id);
    if (!sent) return;
    undraw(id);
    stored(id);
    if (edit) {
      const box = find("composer");
      box.value = box.value ? `${sent.text}\n${box.value}` : sent.text;
      typed(box);
      box.focus();
    } else {
      // The same id: should the first have arrived after all, it is not stored twice.
      keep({ ...sent, reason: undefined, asked: undefined });
      drawWaiting();
      sendWaiting();
    }
  }

  // -- composer: keys, height and what is left ----------------------------------------------------
  const size = (text) => [...text].length; // counted as Python does, in code points
  const hint = () => document.querySelector(".composer .hint");

  function typed(box) {
    store[box.value ? "set" : "drop"](draftKey(), box.value);
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 200)}px`;
    const left = Number(box.dataset.limit) - size(box.value.trim());
    hint().classList.toggle("over", left < 0);
    hint().textContent = left < 0 ? hint().dataset.wordOver.replace("{count}", -left)
      : left < 200 ? hint().dataset.wordLeft.replace("{count}", left) : "";
  }

  function submit(box) {
    const text = box.value.trim();
    if (!text) { hint().textContent = box.value ? hint().dataset.wordBlank : ""; return; }
    if (size(text) > Number(box.dataset.limit)) return;
    box.value = "";
    typed(box);
    unreadStands = false;
    unreadRule();
    say(text);
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.dataset?.testid !== "composer") return;
    // 229 is what Safari says of the Enter that ends a composition.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit(event.target);
  });
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.testid === "composer") typed(event.target);
    if (event.target.dataset?.rate) rate(event.target);
  });

  // -- forms: a password must be rated here, before it is sent anywhere ---------------------------
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
    } else if ("logout" in form.dataset) {
      // Whoever logs out leaves nothing behind on a machine that others may use.
      for (const key of store.keys("chat-")) store.drop(key);
    }
  });

  // -- clicks: history and clipboard are the browser's --------------------------------------------
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-frame] a[href^='/']");
    if (link && link.target !== "_blank" && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      document.body.classList.remove("rooms-open");
      if (!up) return;
      history.pushState(null, "", link.getAttribute("href"));
      navigate();
    }
    const button = event.target.closest("[data-action]");
    if (button) actions[button.dataset.action]?.(button);
  });
  addEventListener("popstate", navigate);

  function navigate() {
    unreadStands = true;
    tell(document.querySelector("[data-frame]"), "navigate", { path: location.pathname });
  }

  const actions = {
    newest: toBottom,
    rooms: () => document.body.classList.toggle("rooms-open"),
    retry: (button) => again(button.closest(".message").dataset.clientId, false),
    edit: (button) => again(button.closest(".message").dataset.clientId, true),
    copy: (button) => copy(button, button.closest(".code").querySelector("pre").textContent),
    "copy-link": (button) => copy(button, button.parentElement.querySelector("input").value),
  };

  async function copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard without HTTPS: the old way
      const box = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  }

  // -- unread counts: they move without anything being drawn anew ----------------------------------
  function count(where, change) {
    const entry = document.querySelector(`[data-testid="room-list"] [data-room-id="${Number(where)}"]`);
    if (!entry) return;
    Object.assign(entry.dataset, change);
    const unread = Number(entry.dataset.last) - Number(entry.dataset.read);
    if (unread > 0) entry.dataset.unread = unread;
    else delete entry.dataset.unread;
  }

  // -- what the server says -------------------------------------------------------------------------
  function listen(socket) {
    socket.on("connect", () => {
      connection(true);
      for (const sent of waiting.values()) sent.asked = undefined; // the answer may have been lost with the line
      if (timeline) { [ready, asking] = [false, 0]; catchUp(); }
    });
    socket.on("disconnect", () => connection(false));
    socket.on("connect_error", () => { connection(false); refused(); });
    socket.on("chat_messages", receive);
    socket.on("chat_refused", failed);
    socket.on("chat_person", ({ author, name, avatar }) => {
      for (const message of timeline?.querySelectorAll(`[data-seq][data-author="${CSS.escape(author)}"]`) ?? []) {
        message.querySelector(".author").textContent = name;
        message.querySelector(".avatar").outerHTML = avatar;
      }
    });
    socket.on("chat_nudge", ({ room: where, last: seq }) => count(where, { last: seq }));
    socket.on("chat_read", ({ room: where, seq }) => count(where, { read: seq }));
    socket.on("chat_address", ({ path }) => history.pushState(null, "", path));
    socket.on("chat_ended", () => location.assign("/login"));
    socket.on("chat_style", ({ href }) => { document.getElementById("chat-style").href = href; });
    socket.on("chat_reload", () => location.reload());
  }

  new MutationObserver(() => { mount(); showTimes(document); }).observe(document.documentElement, { childList: true, subtree: true });
})();
