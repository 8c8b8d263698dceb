// The offline page: it loads the page that was asked for once the server can be reached.
const AGAIN = 3000; // milliseconds
async function retry() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer && answer.status < 500) location.reload();
}
addEventListener("online", retry);
setInterval(retry, AGAIN);
