// In the window of `--native`, window.py runs this in each page: what a web view lacks.
(() => {
  const { api } = globalThis.pywebview;
  const observer = new MutationObserver(() => api.set_title(document.title));
  observer.observe(document.head, { childList: true, characterData: true, subtree: true });
  api.set_title(document.title);

  const shown = new Map(); // notifications, by tag
  globalThis.Notification = class {
    static permission = "granted"; // who starts a program of their own wants to hear of messages
    static requestPermission = async () => "granted";

    constructor(title, { body = "", tag = "", data }) {
      Object.assign(this, { tag, data });
      shown.set(tag, this);
      api.show(tag, title, body);
    }

    close() { api.withdraw(this.tag); }
  };
  globalThis.chatNotificationClicked = (tag) => shown.get(tag)?.onclick?.();
  delete globalThis.PushManager; // no service pushes to a web view
  Object.assign(document.body.dataset, { calls: "granted", push: "unsupported" });

  // A new tab would be one of the browser, where nobody is logged in.
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("a[target='_blank']");
    if (link?.origin !== location.origin || !link.pathname.startsWith("/rooms/")) return;
    link.removeAttribute("target");
    if (link.pathname.endsWith("/file")) link.download = "";
  }, { capture: true });
})();
