// @ts-check
/** Draws lines of many points as columns of pixels: without a GPU, strokes with 100,000 corners take a second. */

import { seriesProperty } from "./palette.js";

/**
 * @typedef {import("./plot.js").Plot} Plot
 * @typedef {{pixels: Uint32Array, width: number, height: number}} Picture
 */

const PALE = 0.3;
/** @type {WeakMap<HTMLElement, Picture & {canvas: HTMLCanvasElement, image: ImageData}>} */
const pictures = new WeakMap();
/** Colours as pixels. @type {Map<string, number>} */
const known = new Map();

/** @param {import("./plot_marks.js").Chart} chart @param {Plot} plot */
export function drawDense(chart, { frame, traces, isDense, pen }) {
  if (!isDense) return;
  const { left, top, width, height } = chart.bbox;
  const picture = pictureFor(frame, Math.round(width), Math.round(height));
  picture.pixels.fill(0);
  const thickness = Math.max(1, Math.round((pen.emPx * devicePixelRatio) / 10));
  traces.forEach(({ line, role }, index) => {
    if (role === "low" || role === "high") return;
    const alpha = (chart.series[index + 1].alpha ?? 1) * (role === "raw" ? PALE : 1);
    drawColumns(picture, chart.data[0], chart.data[index + 1], pixelOf(pen.colour(seriesProperty(line.colour)), alpha), thickness);
  });
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
  const picture = { canvas, image, width, height, pixels: new Uint32Array(image.data.buffer) };
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
    if (share == null) continue;
    const x = Math.max(0, Math.min(width - 1, Math.floor(Number(xs[index]) * width)));
    const y = (1 - share) * (height - 1);
    if (beforeX < 0 || x === beforeX) drawSpan(picture, x, beforeX < 0 ? y : beforeY, y, pixel, thickness);
    for (let column = beforeX; beforeX >= 0 && column < x; column += 1) {
      const [from, to] = [column, column + 1].map((at) => beforeY + ((y - beforeY) * (at - beforeX)) / (x - beforeX));
      drawSpan(picture, column + 1, from, to, pixel, thickness);
    }
    [beforeX, beforeY] = [x, y];
  }
}

/** @param {Picture} picture @param {number} x @param {number} from @param {number} to @param {number} pixel @param {number} thickness */
function drawSpan({ pixels, width, height }, x, from, to, pixel, thickness) {
  const first = Math.max(0, Math.round(Math.min(from, to) - (thickness - 1) / 2));
  const last = Math.min(height - 1, Math.round(Math.max(from, to) + (thickness - 1) / 2));
  for (let at = first * width + x; at <= last * width + x; at += width) pixels[at] = pixel;
}
