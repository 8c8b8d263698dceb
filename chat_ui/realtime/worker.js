// Registers the service worker (server/service_worker.js), which no page can do without the browser.
import { on } from "./connection.js";

// When the page is connected: it is not to wait for this.
on("connected", () => navigator.serviceWorker?.register("/service-worker.js").catch(() => {}));
