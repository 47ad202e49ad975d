// @ts-check
/** Loads the page again when the board's scenes have changed on the server. */

const KEY = "stickyboard.reloaded";
const AT_MOST_EVERY_MS = 30_000; // two servers of different versions behind one proxy must not reload a page forever

/**
 * @param {string} own the layout of the page @param {string} servers the layout of the server, "" if it has none
 * @param {{nowMs: () => number, load: (key: string) => string | null, save: (key: string, value: string) => void, reload: () => void}} page
 */
export function reloadIfChanged(own, servers, { nowMs, load, save, reload }) {
  if (!servers || servers === own || nowMs() - Number(load(KEY) ?? -Infinity) < AT_MOST_EVERY_MS) return;
  save(KEY, String(nowMs()));
  reload();
}
