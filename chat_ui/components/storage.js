// Local storage. On a full disk or in a private window nothing is kept, which is no error.
function attempt(action, otherwise) {
  try { return action(); } catch { return otherwise; }
}

export const store = {
  get: (key) => attempt(() => localStorage.getItem(key)),
  set: (key, value) => attempt(() => { localStorage.setItem(key, value); return true; }, false),
  drop: (key) => attempt(() => localStorage.removeItem(key)),
  keys: (start) => attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(start)), []),
  getJson: (key) => attempt(() => JSON.parse(localStorage.getItem(key))),
};
