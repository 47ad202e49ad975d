// @ts-check
/** What the page says of its connection: badge, notice, and what is announced. */

import { make, setAttribute, setText } from "./dom.js";

const LOGIN_NEEDED = 4503;
const UNCONNECTED = new Set(["reconnecting", "offline", "closed"]);

/**
 * @typedef {import("../connection.js").State} State
 * @typedef {object} Parts
 * @property {HTMLElement} badge
 * @property {HTMLElement} retry a button, shown while the page is not connected
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
  #hasFailed = false;
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
    this.#offerRetry();
    login.hidden = !(state.name === "closed" && state.code === LOGIN_NEEDED);
    this.paint();
  }

  /** A page that connects for the first time has nothing to retry yet. */
  #offerRetry() {
    const { badge, retry } = this.#parts;
    const { name } = this.#state;
    this.#hasFailed ||= UNCONNECTED.has(name);
    const isHidden = !UNCONNECTED.has(name) && !(name === "connecting" && this.#hasFailed);
    // Where a keyboard's focus was on the button, it must not fall back to the start of the page.
    if (isHidden && !retry.hidden && document.activeElement === retry) badge.focus();
    retry.hidden = isHidden;
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

/**
 * Say a state in words and a sign, never by colour alone.
 * @typedef {{icon: string, text: string, detail: string}} Badge
 * @param {State} state
 * @param {number} [retryInMs] until the next try
 * @param {string} [since] the time of day at which the page was live for the last time
 * @returns {Badge}
 */
export function badgeOf(state, retryInMs = 0, since = "") {
  const lost = since && `not live since ${since}`;
  switch (state.name) {
    case "connecting":
      return { icon: "○", text: "connecting", detail: lost };
    case "replaying":
      return { icon: "◔", text: "replaying", detail: "what is kept is being sent" };
    case "catching-up":
      return { icon: "◑", text: "catching up", detail: "what was missed is being sent" };
    case "live":
      return { icon: "●", text: "live", detail: "what happens is shown as it happens" };
    case "closed":
      return { icon: "✕", text: `closed: ${state.reason}`, detail: state.reason };
    case "offline":
      return { icon: "◌", text: since ? `offline since ${since}` : "offline", detail: state.reason };
    case "reconnecting":
      return { icon: "↻", text: `reconnecting in ${secondsText(retryInMs)}`, detail: [state.reason, lost].filter(Boolean).join("; ") };
  }
}

/** @param {number} ms */
function secondsText(ms) {
  return `${Math.max(0, Math.ceil(ms / 1000))} s`;
}

/** @param {HTMLElement} element @param {State["name"]} name @param {Badge} badge */
export function paintBadge(element, name, { icon, text, detail }) {
  if (element.children.length === 0) {
    const sign = make("span", "badge-icon");
    sign.setAttribute("aria-hidden", "true");
    element.append(sign, make("span", "badge-text"));
  }
  setAttribute(element, "data-state", name);
  setAttribute(element, "title", detail);
  setText(element.children[0], icon);
  setText(element.children[1], text);
}
