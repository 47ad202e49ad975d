// @ts-check
/**
 * Decides when to acknowledge updates. Sans-I/O.
 *
 * All browsers of a board receive the same updates at the same time. Each draws a random share of the window
 * before every acknowledgement, so that the server does not receive all acknowledgements at once.
 */

const QUIET_MS = 250; // without an update, after which the received ones are acknowledged
const MAX_DELAY_MS = 1000;
const MAX_BYTES = 1_048_576;
const FIRST_WINDOW = { updates: 120, bytes: 32_768 }; // before `hello`

export class Acks {
  #random;
  /** Share of the window, and of twice `MAX_DELAY_MS` */
  #share = 0;
  #maxUpdates = 0;
  #maxBytes = 0;
  #received = 0;
  #acked = 0;
  #bytes = 0;
  #firstAtMs = 0;
  #lastAtMs = 0;
  #ackedAtMs = -Infinity;

  /** @param {() => number} random in [0, 1) */
  constructor(random) {
    this.#random = random;
  }

  /** Start counting at 0, as on every new connection. @param {{updates: number, bytes: number}} [window] of `hello` */
  reset({ updates, bytes } = FIRST_WINDOW) {
    [this.#maxUpdates, this.#maxBytes] = [updates, bytes];
    this.#received = this.#acked = this.#bytes = 0;
    this.#ackedAtMs = -Infinity;
    this.#drawShare();
  }

  /** @param {number} bytes size of the update @param {number} nowMs */
  received(bytes, nowMs) {
    if (this.#received === this.#acked) this.#firstAtMs = nowMs;
    this.#received += 1;
    this.#bytes += bytes;
    this.#lastAtMs = nowMs;
  }

  /** @param {number} nowMs @returns {number | null} time until the next acknowledgement; null if all is acknowledged */
  dueInMs(nowMs) {
    if (this.#received === this.#acked) return null;
    if (this.#isShareUsed()) return 0;
    const atMs = Math.min(this.#lastAtMs + QUIET_MS, this.#firstAtMs + 2 * this.#share * MAX_DELAY_MS);
    return Math.max(0, atMs - nowMs);
  }

  /** @param {number} nowMs @returns {number} how many updates to acknowledge; from then on they count as acknowledged */
  acknowledge(nowMs) {
    // On a fast line the server enlarges its window of bytes, so this side does the same.
    const isFast = this.#isShareUsed() && nowMs - this.#ackedAtMs < QUIET_MS;
    if (isFast) this.#maxBytes = Math.min(2 * this.#maxBytes, MAX_BYTES);
    this.#acked = this.#received;
    this.#bytes = 0;
    this.#ackedAtMs = nowMs;
    this.#drawShare();
    return this.#received;
  }

  #isShareUsed() {
    const updates = this.#received - this.#acked;
    return updates >= this.#share * this.#maxUpdates || this.#bytes >= this.#share * this.#maxBytes;
  }

  #drawShare() {
    this.#share = 0.25 + this.#random() / 4;
  }
}
