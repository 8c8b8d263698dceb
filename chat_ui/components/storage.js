// The browser's storage. On a full disk or in a private window it keeps nothing, which is no error: then
// this page keeps it.
function attempt(action, otherwise) {
  try { return action(); } catch { return otherwise; }
}

function over(storage) { // a function, since already naming a storage that is forbidden fails
  const refused = new Map(); // what the browser did not keep
  const get = (key) => refused.get(key) ?? attempt(() => storage().getItem(key), null);
  return {
    get,
    set: (key, value) => {
      const isKept = attempt(() => { storage().setItem(key, value); return true; }, false);
      if (isKept) refused.delete(key);
      else refused.set(key, value);
      return isKept;
    },
    drop: (key) => {
      refused.delete(key);
      attempt(() => storage().removeItem(key));
    },
    keys: (start) => attempt(() => Object.keys(storage()).filter((key) => key.startsWith(start)), []),
    getJson: (key) => attempt(() => JSON.parse(get(key))),
  };
}

export const store = over(() => localStorage);
export const tabStore = over(() => sessionStorage); // of this tab alone
