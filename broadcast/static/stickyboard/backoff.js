// @ts-check
/** The delay before the next attempt to connect. Sans-I/O; randomness is passed in. */

export const BASE_MS = 500;
export const CAP_MS = 15_000;

/**
 * Full jitter: a random delay below a limit that doubles with each attempt, so that browsers that lost the
 * server together do not reconnect together.
 * Source: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 * @param {number} attempt number of failed attempts before this one
 * @param {() => number} random in [0, 1)
 * @returns {number} milliseconds
 */
export function backoffMs(attempt, random) {
  return Math.round(random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt));
}
