// @ts-check
/** Selects one cell of a figure with a pointer, a finger or the arrow keys. */

import { announce, requestPaint } from "./dom.js";
import { paintTooltip, tooltipText } from "./tooltip.js";

/** Rows down and columns to the right, for each arrow key. @type {Record<string, [down: number, right: number]>} */
export const ARROW_STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @template Place
 * @typedef {{at: Place | null, isToAnnounce: boolean}} Chosen the selected cell, if any, and whether to announce it
 */

/**
 * @template Place
 * @param {import("./canvas.js").Figure} figure
 * @param {(x: number, y: number) => Place | null} placeAt the cell at a point of the canvas
 * @param {(key: string, from: Place | null) => Place | null | undefined} steppedTo undefined for a key that does not move
 * @returns {Chosen<Place>} updated from now on
 */
export function listenToCells({ frame, canvas }, placeAt, steppedTo) {
  /** @type {Chosen<Place>} */
  const chosen = { at: null, isToAnnounce: false };
  const choose = (/** @type {Place | null} */ at, isToAnnounce = false) => {
    Object.assign(chosen, { at, isToAnnounce });
    requestPaint(canvas);
  };
  const point = (/** @type {PointerEvent} */ { offsetX, offsetY }) => choose(placeAt(offsetX, offsetY));
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Arrow keys move from cell to cell.");
  for (const type of /** @type {const} */ (["pointerdown", "pointermove"])) canvas.addEventListener(type, point);
  // A lifted finger leaves its cell selected until it touches something else or scrolls.
  canvas.addEventListener("pointerleave", ({ pointerType }) => pointerType === "touch" || choose(null));
  canvas.addEventListener("pointercancel", () => choose(null));
  frame.addEventListener("blur", () => choose(null));
  frame.addEventListener("keydown", (event) => {
    const isEnd = event.key === "Escape" && chosen.at !== null;
    const next = isEnd ? null : steppedTo(event.key, chosen.at);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    choose(next, next !== null);
  });
  return chosen;
}

/**
 * Show the tooltip of the selected cell, and announce it if a key moved there.
 * @param {HTMLElement} element of the scene
 * @param {HTMLCanvasElement} canvas
 * @param {Chosen<any>} chosen
 * @param {import("./tooltip.js").Tooltip} tooltip
 * @param {{x: number, y: number}} at point on the canvas
 */
export function paintChosen(element, canvas, chosen, tooltip, { x, y }) {
  const { left, top } = canvas.getBoundingClientRect();
  paintTooltip(element, tooltip, { x: left + x, y: top + y });
  if (chosen.isToAnnounce) announce(element, tooltipText(tooltip));
  chosen.isToAnnounce = false;
}
