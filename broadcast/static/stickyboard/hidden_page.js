// @ts-check
/** Requests few updates while the page is hidden. Sans-I/O. */

const HIDDEN_PER_S = 1;

export class Pace {
  #isSupported = false;
  /** Whether few updates were requested */
  isSlow = false;

  /** Every connection starts at the full rate. @param {{max_per_s?: number}} hello of a server that supports it */
  reset({ max_per_s }) {
    this.#isSupported = max_per_s !== undefined;
    this.isSlow = false;
  }

  /** @param {boolean} isHidden @returns {{op: string, max_per_s: number | null} | null} what to send, if anything */
  request(isHidden) {
    if (!this.#isSupported || isHidden === this.isSlow) return null;
    this.isSlow = isHidden;
    return { op: "pace", max_per_s: isHidden ? HIDDEN_PER_S : null };
  }
}
