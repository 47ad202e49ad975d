// @ts-check
/** The connection's state in words and a sign, never by colour alone. */

import { make, setAttribute, setText } from "./dom.js";

/**
 * @typedef {import("../broadcast/connection.js").State} State
 * @param {State} state
 * @returns {{icon: string, text: string, detail: string}}
 */
export function badgeOf(state) {
  switch (state.name) {
    case "connecting":
      return { icon: "○", text: "connecting", detail: "" };
    case "replaying":
      return { icon: "◐", text: "replaying", detail: "" };
    case "live":
      return { icon: "●", text: "live", detail: "" };
    case "closed":
      return { icon: "✕", text: `closed: ${state.reason}`, detail: state.reason };
    default:
      return { icon: "↻", text: `${state.name}, next try in ${secondsText(state.retryInMs)}`, detail: state.reason };
  }
}

/** @param {number} ms */
function secondsText(ms) {
  return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
}

/** @param {HTMLElement} element @param {State} state */
export function paintBadge(element, state) {
  const { icon, text, detail } = badgeOf(state);
  if (element.children.length === 0) {
    const sign = make("span", "badge-icon");
    sign.setAttribute("aria-hidden", "true");
    element.append(sign, make("span", "badge-text"));
  }
  setAttribute(element, "data-state", state.name);
  setAttribute(element, "title", detail);
  setText(element.children[0], icon);
  setText(element.children[1], text);
}
