// @ts-check
/** A canvas with a legend: sharp on every screen, repainted when its size changes. */

import { askForPaint, make, setAttribute } from "./dom.js";
import { lookOf, propertyOf } from "./computed_style.js";
import { shortNames } from "./short_names.js";
import { nameText, safeText } from "./text.js";

/**
 * @typedef {{figure: HTMLElement, frame: HTMLElement, canvas: HTMLCanvasElement, legend: HTMLElement}} Figure
 * @typedef {{pen: CanvasRenderingContext2D, width: number, height: number,
 *   colour: (property: string) => string, sizePx: (property: string) => number,
 *   font: (sizePx: number, weight?: number) => string}} Sheet
 *   sizes in CSS pixels
 */

/** @type {WeakMap<Element, string>} */
const paintedSizes = new WeakMap();

/**
 * Put a figure into a scene's body; it is painted again when its size changes.
 * @param {HTMLElement} body
 * @returns {Figure}
 */
export function buildFigure(body) {
  const figure = make("figure", "figure");
  const frame = make("div", "canvas-frame");
  const canvas = document.createElement("canvas");
  const legend = make("ul", "legend");
  canvas.setAttribute("role", "img");
  frame.append(canvas);
  figure.append(frame, legend);
  body.append(figure);
  new ResizeObserver(() => {
    // The first report comes after the first paint and tells of the size that was painted.
    if (paintedSizes.get(canvas) === sizeText(canvas.clientWidth, canvas.clientHeight)) return;
    askForPaint(canvas);
  }).observe(frame);
  return { figure, frame, canvas, legend };
}

/** @param {number} width @param {number} height */
function sizeText(width, height) {
  return `${width}x${height}@${devicePixelRatio}`;
}

/**
 * Clear the canvas and make it as large as it is shown. Call it after the legend was painted.
 * @param {HTMLCanvasElement} canvas
 * @returns {Sheet}
 */
export function clearSheet(canvas) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { width, height, fontFamily } = lookOf(canvas);
  const size = sizeText(width, height);
  if (paintedSizes.get(canvas) !== size) {
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    paintedSizes.set(canvas, size);
  }
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const colour = (/** @type {string} */ property) => propertyOf(canvas, property);
  return {
    pen, width, height, colour,
    sizePx: (property) => parseFloat(colour(property)),
    font: (sizePx, weight = 400) => `${weight} ${sizePx}px ${fontFamily}`,
  };
}

/** @param {Figure} figure @param {string} sentence what it shows, for those who cannot see it */
export function describe({ figure, canvas }, sentence) {
  setAttribute(figure, "aria-label", sentence);
  setAttribute(canvas, "aria-label", sentence);
}

/**
 * The one way in which text gets onto a canvas.
 * @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y
 * @param {number} [mostPx] how wide it may be
 */
export function write(pen, text, x, y, mostPx) {
  pen.fillText(safeText(text), x, y, mostPx);
}

/** The newest labels of a canvas, as to find them takes many measurements. @type {WeakMap<Element, {key: string, labels: string[]}>} */
const labelsOf = new WeakMap();

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Sheet} sheet
 * @param {string[]} names that are shown on it together
 * @param {number} width for each
 * @param {string} font
 * @returns {string[]} cut to fit where they must be, and told from one another
 */
export function shortNamesOn(canvas, { pen }, names, width, font) {
  const key = JSON.stringify([font, Math.floor(width), names]);
  const known = labelsOf.get(canvas);
  if (known?.key === key) return known.labels;
  pen.font = font;
  const labels = shortNames(names.map(nameText), (text) => pen.measureText(text).width <= width);
  labelsOf.set(canvas, { key, labels });
  return labels;
}
