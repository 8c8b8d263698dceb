// What must outlive the page: drafts, what waits to be sent, small habits. Every call may find
// that nothing can be kept (a full disk, a private window), and says so instead of failing.
export const store = {
  get: (key) => { try { return localStorage.getItem(key); } catch { return undefined; } },
  set: (key, value) => { try { localStorage.setItem(key, value); return true; } catch { return false; /* full, or a private window */ } },
  drop: (key) => { try { localStorage.removeItem(key); } catch { /* private window */ } },
  keys: (start) => { try { return Object.keys(localStorage).filter((key) => key.startsWith(start)); } catch { return []; } },
};
