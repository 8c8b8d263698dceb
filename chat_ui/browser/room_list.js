// Unread counts: they move without anything being drawn anew.
export function count(where, change) {
  const entry = document.querySelector(`[data-testid="room-list"] [data-room-id="${Number(where)}"]`);
  if (!entry) return;
  Object.assign(entry.dataset, change);
  const unread = Number(entry.dataset.last) - Number(entry.dataset.read);
  if (unread > 0) entry.dataset.unread = unread;
  else delete entry.dataset.unread;
}
