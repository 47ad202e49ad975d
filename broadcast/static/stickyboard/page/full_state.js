// @ts-check
/** Fetches the full state of keyspaces of which the page contains only the newest entries. */

const MAX_WAIT_MS = 30_000;

/**
 * Replace the previews in the mirror by their complete keyspaces. The socket delivers what this does not.
 * @param {import("../mirror.js").Mirror} mirror
 * @param {string} path of the complete state
 * @param {{fetch: typeof globalThis.fetch, timeout: (ms: number) => AbortSignal}} network
 * @returns {Promise<Set<string>>} the types that changed
 */
export async function fetchFullState(mirror, path, { fetch, timeout }) {
  const response = await fetch(path, { signal: timeout(MAX_WAIT_MS) });
  if (!response.ok) throw new Error(`${path} returned ${response.status}`);
  /** @type {import("../mirror.js").Update} */
  const { sections } = await response.json();
  // The state may be older than the page or than what a socket has delivered meanwhile; a preview has no cursor.
  return mirror.applyUpdate({ sections: sections.filter(({ type }) => mirror.head(type)?.epoch === "") }).changed;
}
