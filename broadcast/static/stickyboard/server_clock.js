// @ts-check
/** The server's clock, from which the ages of entries are computed. */

export class ServerClock {
  #offsetS = 0;
  #nowMs;

  /** @param {() => number} nowMs this machine's clock, in milliseconds since 1970 */
  constructor(nowMs) {
    this.#nowMs = nowMs;
  }

  /** @param {number} serverTimeS the time in the server's newest message, in seconds since 1970 */
  set(serverTimeS) {
    this.#offsetS = serverTimeS - this.#nowMs() / 1000;
  }

  /** @returns {number} seconds since 1970 */
  nowS() {
    return this.#nowMs() / 1000 + this.#offsetS;
  }
}
