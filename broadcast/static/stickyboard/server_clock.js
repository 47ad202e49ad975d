// @ts-check
/** What time it is on the server, which is the clock that entries' ages count from. */

export class ServerClock {
  #offsetS = 0;
  #nowMs;

  /** @param {() => number} nowMs this machine's clock, in milliseconds since 1970 */
  constructor(nowMs) {
    this.#nowMs = nowMs;
  }

  /** @param {number} serverTimeS what the server said just now, in seconds since 1970 */
  set(serverTimeS) {
    this.#offsetS = serverTimeS - this.#nowMs() / 1000;
  }

  /** @returns {number} seconds since 1970 */
  nowS() {
    return this.#nowMs() / 1000 + this.#offsetS;
  }
}
