// @ts-check
/** Draws lines of many points as columns of pixels: without a GPU, strokes with 4,000 corners take 8 ms, and these less than 1 ms. */

import { seriesProperty } from "./palette.js";

/**
 * @typedef {import("./plot.js").Plot} Plot
 * @typedef {{columns: Uint32Array, width: number, height: number}} Picture pixels column by column: a line in columns writes
 *   to neighbours in memory
 */

const PALE = 0.3;
const BLOCK = 16;
const SHORT = 24;
/** @type {WeakMap<HTMLElement, Picture & {canvas: HTMLCanvasElement, image: ImageData, rows: Uint32Array}>} */
const pictures = new WeakMap();
/** Colours as pixels. @type {Map<string, number>} */
const known = new Map();

/** @param {import("./plot_marks.js").Chart} chart @param {Plot} plot */
export function drawDense(chart, { frame, traces, isDense, pen }) {
  if (!isDense) return;
  const { left, top, width, height } = chart.bbox;
  const picture = pictureFor(frame, Math.round(width), Math.round(height));
  picture.columns.fill(0);
  const thickness = Math.max(1, Math.round((pen.emPx * devicePixelRatio) / 10));
  traces.forEach(({ line, role }, index) => {
    if (role === "low" || role === "high") return;
    const alpha = (chart.series[index + 1].alpha ?? 1) * (role === "raw" ? PALE : 1);
    drawColumns(picture, chart.data[0], chart.data[index + 1], pixelOf(pen.colour(seriesProperty(line.colour)), alpha), thickness);
  });
  toRows(picture, picture.rows);
  /** @type {CanvasRenderingContext2D} */ (picture.canvas.getContext("2d")).putImageData(picture.image, 0, 0);
  chart.ctx.drawImage(picture.canvas, Math.round(left), Math.round(top));
}

/** @param {HTMLElement} frame @param {number} width @param {number} height */
function pictureFor(frame, width, height) {
  const before = pictures.get(frame);
  if (before && before.width === width && before.height === height) return before;
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  const picture = { canvas, image, width, height, columns: new Uint32Array(width * height), rows: new Uint32Array(image.data.buffer) };
  pictures.set(frame, picture);
  return picture;
}

/** @param {string} colour in CSS @param {number} alpha @returns {number} */
function pixelOf(colour, alpha) {
  const key = `${colour} ${alpha}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const ctx = /** @type {CanvasRenderingContext2D} */ (Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d"));
  ctx.globalAlpha = alpha;
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, 1, 1);
  const [pixel] = new Uint32Array(ctx.getImageData(0, 0, 1, 1).data.buffer);
  known.set(key, pixel);
  return pixel;
}

/**
 * Draw a line from point to point: in each column of pixels, everything between its lowest and its highest value.
 * @param {Picture} picture
 * @param {ArrayLike<number | null | undefined>} xs shares from the left, ascending
 * @param {ArrayLike<number | null | undefined>} ys shares from the bottom
 * @param {number} pixel
 * @param {number} thickness of level parts
 */
export function drawColumns(picture, xs, ys, pixel, thickness) {
  const { width, height } = picture;
  let [beforeX, beforeY] = [-1, 0];
  for (let index = 0; index < ys.length; index += 1) {
    const share = ys[index];
    if (share === Infinity) beforeX = -1; // a gap
    if (share == null || !Number.isFinite(share)) continue;
    const x = Math.max(0, Math.min(width - 1, Math.floor(Number(xs[index]) * width)));
    const y = (1 - share) * (height - 1);
    if (beforeX < 0 || x === beforeX) drawSpan(picture, x, beforeX < 0 ? y : beforeY, y, pixel, thickness);
    const slope = (y - beforeY) / (x - beforeX);
    for (let column = beforeX; beforeX >= 0 && column < x; column += 1) {
      const from = beforeY + slope * (column - beforeX);
      drawSpan(picture, column + 1, from, from + slope, pixel, thickness);
    }
    [beforeX, beforeY] = [x, y];
  }
}

/** @param {Picture} picture @param {number} x @param {number} from @param {number} to @param {number} pixel @param {number} thickness */
function drawSpan({ columns, height }, x, from, to, pixel, thickness) {
  const half = (thickness - 1) / 2;
  const first = x * height + Math.max(0, Math.round((from < to ? from : to) - half));
  const last = x * height + Math.min(height - 1, Math.round((from < to ? to : from) + half));
  if (last - first > SHORT) columns.fill(pixel, first, last + 1);
  else for (let at = first; at <= last; at += 1) columns[at] = pixel;
}

/** @param {Picture} picture @param {Uint32Array} rows the same pixels row by row */
export function toRows({ columns, width, height }, rows) {
  // In blocks, so that what is read and what is written both remain in the processor's cache.
  for (let left = 0; left < width; left += BLOCK) {
    const right = Math.min(width, left + BLOCK);
    for (let y = 0; y < height; y += 1) {
      for (let x = left; x < right; x += 1) rows[y * width + x] = columns[x * height + y];
    }
  }
}
