// @ts-check
/** The user's settings, stored in this browser, or in memory if the browser allows no storage. */

/** @type {Map<string, string>} */
const inMemory = new Map();

/** @param {string} name @returns {string | null} null if it was never set */
export function loadSetting(name) {
  try {
    return localStorage.getItem(`stickyboard.${name}`);
  } catch {
    return inMemory.get(name) ?? null;
  }
}

/** @param {string} name @param {string | null} value null to remove it */
export function saveSetting(name, value) {
  try {
    if (value === null) localStorage.removeItem(`stickyboard.${name}`);
    else localStorage.setItem(`stickyboard.${name}`, value);
  } catch {
    if (value === null) inMemory.delete(name);
    else inMemory.set(name, value);
  }
}
