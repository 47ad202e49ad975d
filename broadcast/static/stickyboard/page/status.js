// @ts-check
/** The connection's badge, its buttons, and its announcements. */

import { make, setAttribute, setText } from "./dom.js";

const LOGIN_NEEDED = 4503;
const UNCONNECTED = new Set(["reconnecting", "offline", "closed"]);

/**
 * @typedef {import("../connection.js").State} State
 * @typedef {object} Parts
 * @property {HTMLElement} badge
 * @property {HTMLElement} retry a button, visible while the page is not connected
 * @property {HTMLElement} login a link, visible when the server requires a login
 * @property {(sentence: string, subject: string) => void} announce
 * @property {() => number} nowMs a monotonic clock
 * @property {() => string} timeOfDay
 */

export class Status {
  /** @type {State} */
  #state = { name: "connecting" };
  #enteredMs = 0;
  #since = "";
  #hasFailed = false;
  #parts;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {State} state */
  enter(state) {
    const { announce, login, nowMs, timeOfDay } = this.#parts;
    const wasLive = this.#state.name === "live";
    this.#state = state;
    this.#enteredMs = nowMs();
    if (state.name === "live") this.#since = "";
    else if (wasLive) this.#since = timeOfDay();
    // Every state, so that the last one announced is the current one however long the others took.
    announce(`Connection: ${this.#badge().text}`, "connection");
    this.#offerRetry();
    login.hidden = !(state.name === "closed" && state.code === LOGIN_NEEDED);
    this.paint();
  }

  /** Offer a retry, except while the page connects for the first time. */
  #offerRetry() {
    const { badge, retry } = this.#parts;
    const { name } = this.#state;
    this.#hasFailed ||= UNCONNECTED.has(name);
    const isHidden = !UNCONNECTED.has(name) && !(name === "connecting" && this.#hasFailed);
    // Hiding the focused button would move the focus to the start of the page.
    if (isHidden && !retry.hidden && document.activeElement === retry) badge.focus();
    retry.hidden = isHidden;
  }

  /** Paint the badge, for example when its countdown advances. */
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
 * Describe a state with text and an icon, never by colour alone.
 * @typedef {{icon: string, text: string, detail: string}} Badge
 * @param {State} state
 * @param {number} [retryInMs] time until the next attempt
 * @param {string} [since] time of day at which the page was last live
 * @returns {Badge}
 */
export function badgeOf(state, retryInMs = 0, since = "") {
  const lost = since && `last live at ${since}`;
  switch (state.name) {
    case "connecting":
      return { icon: "○", text: "connecting", detail: lost };
    case "replaying":
      return { icon: "◔", text: "replaying", detail: "sending the current state" };
    case "catching-up":
      return { icon: "◑", text: "catching up", detail: "sending what was missed" };
    case "live":
      return { icon: "●", text: "live", detail: "updates are displayed as they arrive" };
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
