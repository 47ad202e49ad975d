// @ts-check
/** Reading a figure cell by cell: with a pointer, a finger or the arrow keys. */

import { askForPaint, say } from "./dom.js";
import { paintTip, textOf } from "./tooltip.js";

/**
 * @template Place
 * @typedef {{at: Place | null, isToSay: boolean}} Chosen the cell that is read, if any
 */

/**
 * @template Place
 * @param {import("./canvas.js").Figure} figure
 * @param {(x: number, y: number) => Place | null} placeAt which cell is there on the canvas
 * @param {(key: string, from: Place | null) => Place | null | undefined} steppedTo undefined for a key that moves nothing
 * @returns {Chosen<Place>} kept true from now on
 */
export function listenToCells({ frame, canvas }, placeAt, steppedTo) {
  /** @type {Chosen<Place>} */
  const chosen = { at: null, isToSay: false };
  const choose = (/** @type {Place | null} */ at, isToSay = false) => {
    Object.assign(chosen, { at, isToSay });
    askForPaint(canvas);
  };
  const point = (/** @type {PointerEvent} */ { offsetX, offsetY }) => choose(placeAt(offsetX, offsetY));
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "Arrow keys move from window to window.");
  for (const type of /** @type {const} */ (["pointerdown", "pointermove"])) canvas.addEventListener(type, point);
  // A finger that is lifted leaves what it chose to be read, until it touches something else or scrolls.
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
 * Show what stands behind the cell that is read; say it too, where a key has moved there.
 * @param {HTMLElement} element the scene's
 * @param {HTMLCanvasElement} canvas
 * @param {Chosen<any>} chosen
 * @param {import("./tooltip.js").Tip} tip
 * @param {{x: number, y: number}} at where on the canvas
 */
export function paintChosen(element, canvas, chosen, tip, { x, y }) {
  const { left, top } = canvas.getBoundingClientRect();
  paintTip(element, tip, { x: left + x, y: top + y });
  if (chosen.isToSay) say(element, textOf(tip));
  chosen.isToSay = false;
}
