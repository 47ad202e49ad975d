// @ts-check
/**
 * Whether animation frames come late, compared with the display's usual interval. Sans-I/O.
 *
 * A display has 60 frames per second or more, or 30 to save power, and this can change at any time. The usual interval is
 * the lower quartile of the newest ones, so neither a few late frames nor a few early ones change it. If most frames
 * are late, whatever the page paints, they are the usual ones, and painting less would gain nothing.
 */

const ASSUMED_MS = 1000 / 60;
const INTERVALS = 40; // of which 30 late ones, 1 s at 30 Hz, change the usual interval
const QUARTER = 0.25;
const LATE_FACTOR = 1.5;
const SOON_MS = 10; // a frame that is requested later after the frame before may miss the next interval

/** @param {number[]} intervals not empty @returns {number} the lower quartile */
export function usualOf(intervals) {
  return [...intervals].sort((one, other) => one - other)[Math.floor(intervals.length * QUARTER)];
}

export class FrameInterval {
  /** @type {number[]} */
  #newest = Array(INTERVALS).fill(ASSUMED_MS);
  #beganMs = -Infinity;

  /** @param {number} nowMs when a frame begins @param {number} requestedMs @returns {boolean} */
  isLate(nowMs, requestedMs) {
    const isNext = requestedMs - this.#beganMs < SOON_MS;
    if (isNext) this.#newest = [...this.#newest.slice(1), nowMs - this.#beganMs];
    const tookMs = nowMs - (isNext ? this.#beganMs : requestedMs);
    this.#beganMs = nowMs;
    // A faster display is treated as one of 60 frames per second.
    return tookMs > LATE_FACTOR * Math.max(ASSUMED_MS, usualOf(this.#newest));
  }
}
