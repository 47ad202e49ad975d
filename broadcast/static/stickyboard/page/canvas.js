// @ts-check
/** A canvas with a legend. It is sharp at every pixel density and repainted when its size changes. */

import { addParts, requestPaint, setAttribute } from "./dom.js";
import { computedStyleOf, lengthPx, propertyOf } from "./computed_style.js";
import { shortNames } from "./short_names.js";
import { nameText, safeText } from "./safe_text.js";
import { remembered } from "./view.js";

/**
 * @typedef {{figure: HTMLElement, frame: HTMLElement, canvas: HTMLCanvasElement, legend: HTMLElement}} Figure
 * @typedef {{ctx: CanvasRenderingContext2D, width: number, height: number,
 *   colour: (property: string) => string, sizePx: (property: string) => number,
 *   font: (sizePx: number, weight?: number) => string}} Surface
 *   the canvas prepared for one paint; sizes in CSS pixels
 */

/** The size of each canvas in its last paint @type {WeakMap<Element, string>} */
const paintedSizes = new WeakMap();

/** Add a figure to a scene's body, and repaint the scene when the figure's size changes. @param {HTMLElement} body @returns {Figure} */
export function buildFigure(body) {
  const parts = addParts(body, { figure: "figure.figure", frame: "figure > div.canvas-frame", canvas: "frame > canvas[role=img]", legend: "figure > ul.legend" });
  const { frame, canvas } = parts;
  new ResizeObserver(() => {
    // The legend, which is painted first, may change the size; the observer then reports the size that was painted.
    if (paintedSizes.get(canvas) !== sizeText(canvas.clientWidth, canvas.clientHeight)) requestPaint(canvas);
  }).observe(frame);
  return parts;
}

/** @param {number} width @param {number} height */
function sizeText(width, height) {
  return `${width}x${height}@${devicePixelRatio}`;
}

/**
 * Clear the canvas and give it as many pixels as it covers. Paint the legend first: it may change the canvas's size.
 * @param {HTMLCanvasElement} canvas
 * @returns {Surface}
 */
export function clearCanvas(canvas) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { width, height, fontFamily } = computedStyleOf(canvas);
  const size = sizeText(width, height);
  if (paintedSizes.get(canvas) !== size) {
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    paintedSizes.set(canvas, size);
  }
  ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const colour = (/** @type {string} */ property) => propertyOf(canvas, property);
  return {
    ctx, width, height, colour,
    sizePx: (property) => lengthPx(colour(property)),
    font: (sizePx, weight = 400) => `${weight} ${sizePx}px ${fontFamily}`,
  };
}

/** @param {Figure} figure @param {string} sentence a description for screen readers */
export function describe({ figure, canvas }, sentence) {
  setAttribute(figure, "aria-label", sentence);
  setAttribute(canvas, "aria-label", sentence);
}

/**
 * Draw text. All text on canvases goes through here, because it must be made safe.
 * @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} x @param {number} y
 * @param {number} [mostPx] maximum width
 */
export function drawText(ctx, text, x, y, mostPx) {
  ctx.fillText(safeText(text), x, y, mostPx);
}

/** Widths of texts by font: measuring takes longer than drawing. @type {Map<string, Map<string, number>>} */
const widths = new Map();
const MAX_WIDTHS = 10_000; // of a font
const MAX_FONTS = 64; // sizes vary while a window is resized

/** @param {CanvasRenderingContext2D} ctx @param {string} font which it sets @param {string} text @returns {number} in CSS pixels */
export function textWidth(ctx, font, text) {
  let known = widths.get(font);
  if (!known || known.size >= MAX_WIDTHS) {
    if (widths.size >= MAX_FONTS) widths.clear();
    widths.set(font, (known = new Map()));
  }
  let width = known.get(text);
  if (width === undefined) {
    ctx.font = font;
    known.set(text, (width = ctx.measureText(text).width));
  }
  return width;
}

/** The newest labels of each canvas by their use: computing them takes many measurements. */
const labelsOf = remembered((/** @type {Element} */ _) => /** @type {Map<string, {key: string, labels: string[]}>} */ (new Map()));

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Surface} surface
 * @param {string[]} names that appear together
 * @param {number} width of each label
 * @param {string} font
 * @param {string} [use] a canvas with several lists of names has a word for each
 * @returns {string[]} shortened to fit where necessary, and still distinct
 */
export function shortNamesOn(canvas, { ctx }, names, width, font, use = "rows") {
  const key = JSON.stringify([font, Math.floor(width), names]);
  const lists = labelsOf(canvas);
  const known = lists.get(use);
  if (known?.key === key) return known.labels;
  const labels = shortNames(names.map(nameText), (text) => textWidth(ctx, font, text) <= width);
  lists.set(use, { key, labels });
  return labels;
}
