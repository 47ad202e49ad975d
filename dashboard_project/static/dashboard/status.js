// @ts-check
/** What the page says of its connection: badge, notice, and what is announced. */

import { badgeOf, paintBadge } from "./badge.js";

const LOGIN_NEEDED = 4503;

/**
 * @typedef {import("../broadcast/connection.js").State} State
 * @typedef {object} Parts
 * @property {HTMLElement} badge
 * @property {HTMLElement} login shown when the server wants to know who watches
 * @property {(sentence: string) => void} say
 * @property {() => number} nowMs a clock that goes on evenly
 * @property {() => string} timeOfDay
 */

export class Status {
  /** @type {State} */
  #state = { name: "connecting" };
  #enteredMs = 0;
  #wasLive = false;
  #since = "";
  #parts;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {State} state */
  enter(state) {
    const { say, login, nowMs, timeOfDay } = this.#parts;
    const wasLive = this.#state.name === "live";
    this.#state = state;
    this.#enteredMs = nowMs();
    if (state.name === "live") this.#since = "";
    else if (wasLive) this.#since = timeOfDay();
    // A page that is live from its first moment need not say so.
    if (state.name !== "live" || this.#wasLive) say(`Connection: ${this.#badge().text}`);
    this.#wasLive ||= state.name === "live";
    login.hidden = !(state.name === "closed" && state.code === LOGIN_NEEDED);
    this.paint();
  }

  /** Paint the badge anew, as its countdown goes on. */
  paint() {
    const { name } = this.#state;
    paintBadge(this.#parts.badge, name, this.#badge());
    document.body.dataset.connection = name;
  }

  #badge() {
    const waits = "retryInMs" in this.#state ? this.#state.retryInMs : 0;
    return badgeOf(this.#state, waits - (this.#parts.nowMs() - this.#enteredMs), this.#since);
  }
}
