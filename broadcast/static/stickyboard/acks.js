// @ts-check
/**
 * When to acknowledge updates. Pure.
 *
 * All browsers of a board are sent the same at the same time. Each draws anew how much it takes before
 * it answers, so that the server need not read all answers at once.
 */

const SILENT_MS = 250;
const HELD_MS = 1000;
const MAX_BYTES = 1_048_576;

export class Acks {
  #random;
  /** Of the window, and of twice `HELD_MS` */
  #share = 0;
  #maxUpdates = 0;
  #maxBytes = 0;
  #received = 0;
  #acknowledged = 0;
  #bytes = 0;
  #firstAtMs = 0;
  #lastAtMs = 0;
  #toldAtMs = -Infinity;

  /** @param {() => number} random in [0, 1) */
  constructor(random) {
    this.#random = random;
  }

  /** Count from 0, as on every new connection. @param {{updates: number, bytes: number}} window of `hello` */
  begin({ updates, bytes }) {
    [this.#maxUpdates, this.#maxBytes] = [updates, bytes];
    this.#received = this.#acknowledged = this.#bytes = 0;
    this.#toldAtMs = -Infinity;
    this.#drawShare();
  }

  /** @param {number} bytes of an update @param {number} nowMs */
  took(bytes, nowMs) {
    if (this.#received === this.#acknowledged) this.#firstAtMs = nowMs;
    this.#received += 1;
    this.#bytes += bytes;
    this.#lastAtMs = nowMs;
  }

  /** In how many milliseconds to acknowledge, 0 for now, null where there is nothing. @param {number} nowMs */
  dueInMs(nowMs) {
    if (this.#received === this.#acknowledged) return null;
    if (this.#isShareUsed()) return 0;
    const atMs = Math.min(this.#lastAtMs + SILENT_MS, this.#firstAtMs + 2 * this.#share * HELD_MS);
    return Math.max(0, atMs - nowMs);
  }

  /** Return how many updates to say were taken; they count as told. @param {number} nowMs */
  tell(nowMs) {
    // On a line so fast the server soon has more in flight than it promised at first.
    const isFast = this.#isShareUsed() && nowMs - this.#toldAtMs < SILENT_MS;
    if (isFast) this.#maxBytes = Math.min(2 * this.#maxBytes, MAX_BYTES);
    this.#acknowledged = this.#received;
    this.#bytes = 0;
    this.#toldAtMs = nowMs;
    this.#drawShare();
    return this.#received;
  }

  #isShareUsed() {
    const updates = this.#received - this.#acknowledged;
    return updates >= this.#share * this.#maxUpdates || this.#bytes >= this.#share * this.#maxBytes;
  }

  #drawShare() {
    this.#share = 0.25 + this.#random() / 4;
  }
}
