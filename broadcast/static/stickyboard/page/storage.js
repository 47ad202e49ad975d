// @ts-check
/** What a watcher chose, kept in this browser. Where nothing may be kept, it is forgotten with the page. */

/** @type {Map<string, string>} */
const forNow = new Map();

/** @param {string} name @returns {string | null} null where nothing was chosen */
export function recall(name) {
  try {
    return localStorage.getItem(`stickyboard.${name}`);
  } catch {
    return forNow.get(name) ?? null;
  }
}

/** @param {string} name @param {string | null} value null to forget it */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(`stickyboard.${name}`);
    else localStorage.setItem(`stickyboard.${name}`, value);
  } catch {
    if (value === null) forNow.delete(name);
    else forNow.set(name, value);
  }
}
