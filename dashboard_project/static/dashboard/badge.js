// @ts-check
/** The connection's state in words and a sign, never by colour alone. */

import { make, setAttribute, setText } from "./dom.js";

/**
 * @typedef {import("../broadcast/connection.js").State} State
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
