// @ts-check
/** The theme of an embedded view: that of the page around it, found by the background on which it is drawn. */

import { themeOn } from "./embed_model.js";

/** The attributes by which pages switch their theme. */
const ATTRIBUTES = ["class", "style", "data-theme", "data-bs-theme", "data-mode", "data-color-mode"];

/** @param {HTMLElement} element @param {(theme: "dark" | "light") => void} show called now, and when the theme may have changed */
export function watchBackground(element, show) {
  const update = () => show(themeOn(pixelOf(backgroundOf(element))));
  update();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update);
  // A page may fade its colours, so look again after its transitions.
  for (const root of [document.documentElement, document.body]) {
    new MutationObserver(update).observe(root, { attributeFilter: ATTRIBUTES });
    root.addEventListener("transitionend", update);
  }
}

/** @param {HTMLElement} element @returns {string} the nearest background that is not transparent */
function backgroundOf(element) {
  for (let ancestor = element.parentElement; ancestor; ancestor = ancestor.parentElement) {
    const { backgroundColor } = getComputedStyle(ancestor);
    if (pixelOf(backgroundColor)[3] > 127) return backgroundColor;
  }
  return isCanvasDark() ? "black" : "white";
}

/** Whether the browser draws a page without a background in dark. */
function isCanvasDark() {
  const schemes = getComputedStyle(document.documentElement).colorScheme.split(" ");
  if (!schemes.includes("dark")) return false;
  return !schemes.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @type {OffscreenCanvasRenderingContext2D | null} */
let context = null;

/** @param {string} colour in any notation @returns {number[]} red, green, blue and alpha, from 0 to 255 */
function pixelOf(colour) {
  context ??= /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
}
