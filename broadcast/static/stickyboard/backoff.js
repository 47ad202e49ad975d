// @ts-check
/** How long to wait before the next try. Pure; chance is passed in. */

export const BASE_MS = 500;
export const CAP_MS = 15_000;

/**
 * Full jitter: anywhere from nothing to a limit that doubles with each try, so that browsers that
 * lost the server together do not come back together.
 * Source: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 * @param {number} attempt tries made before this one in vain
 * @param {() => number} random from 0 up to 1
 * @returns {number} milliseconds
 */
export function backoffMs(attempt, random) {
  return Math.round(random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt));
}
