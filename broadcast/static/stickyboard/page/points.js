// @ts-check
/** Thousands of points: projecting them, finding the nearest one, and drawing them. */

import { clearCanvas } from "./canvas.js";
import { TRACES } from "./marks.js";
import { seriesProperty } from "./palette.js";

const MARGIN_PX = 12;
const OPACITY = 0.9;
const ALPHA_BITS = 24; // shift of a pixel's alpha in a little-endian number; every browser's platform is little-endian
const MAX_STAMPS = 500;
const MAX_POWER = 1000;

/**
 * @typedef {{toScreen: (x: number, y: number) => [number, number], scale: number}} Projection
 * @typedef {{side: number, pixels: Uint32Array}} Stamp
 * @typedef {{left: number, right: number, low: number, high: number}} Extent
 */

export class Points {
  /** @param {[number, number][]} points @param {number[]} classes index of each point's class */
  constructor(points, classes) {
    this.xs = Float64Array.from(points, ([x]) => x);
    this.ys = Float64Array.from(points, ([, y]) => y);
    this.classes = Uint32Array.from(classes);
    /** @type {Extent} */
    this.extent = extentOf(this.xs, this.ys);
  }

  /**
   * @param {Projection} projection
   * @param {{x: number, y: number}} at
   * @param {number} reachPx
   * @param {boolean[]} isVisible by class
   * @returns {number | null} index of the nearest point on the screen; null if none is within reach
   */
  nearest(projection, at, reachPx, isVisible) {
    let [nearest, least] = [/** @type {number | null} */ (null), reachPx ** 2];
    this.xs.forEach((value, index) => {
      if (!isVisible[this.classes[index]]) return;
      const [x, y] = projection.toScreen(value, this.ys[index]);
      const away = (x - at.x) ** 2 + (y - at.y) ** 2;
      if (away <= least) [nearest, least] = [index, away];
    });
    return nearest;
  }
}

/** @param {Float64Array} xs @param {Float64Array} ys @returns {Extent} */
function extentOf(xs, ys) {
  const least = (/** @type {Float64Array} */ values) => values.reduce((low, value) => Math.min(low, value), Infinity);
  const most = (/** @type {Float64Array} */ values) => values.reduce((high, value) => Math.max(high, value), -Infinity);
  if (xs.length === 0) return { left: 0, right: 1, low: 0, high: 1 };
  return { left: least(xs), right: most(xs), low: least(ys), high: most(ys) };
}

/**
 * Both axes have the same scale, because distances matter in an embedding.
 * @param {Extent} extent
 * @param {{width: number, height: number}} size
 * @param {{factor: number, x: number, y: number}} zoom around the centre; x and y in widths and heights
 * @returns {Projection}
 */
export function projectionOf({ left, right, low, high }, { width, height }, zoom = { factor: 1, x: 0, y: 0 }) {
  // Scaled first, because differences of the largest numbers overflow and pixels of the smallest underflow.
  const unit = powerNear(Math.max(Math.abs(left), Math.abs(right), Math.abs(low), Math.abs(high)));
  const [across, up] = [right * unit - left * unit, high * unit - low * unit];
  const [roomX, roomY] = [Math.max(0, width - 2 * MARGIN_PX), Math.max(0, height - 2 * MARGIN_PX)];
  const fitting = Math.min(across > 0 ? roomX / across : Infinity, up > 0 ? roomY / up : Infinity);
  const scale = (Number.isFinite(fitting) ? fitting : 1) * zoom.factor;
  const [middleX, middleY] = [width / 2 + zoom.x * width, height / 2 + zoom.y * height];
  const [centreX, centreY] = [left * unit + across / 2, low * unit + up / 2];
  return { scale, toScreen: (x, y) => [middleX + (x * unit - centreX) * scale, middleY - (y * unit - centreY) * scale] };
}

/** @param {number} most @returns {number} a power of two that scales it to between 1 and 2, or as close as possible */
function powerNear(most) {
  if (most === 0) return 1;
  return 2 ** -Math.max(-MAX_POWER, Math.min(MAX_POWER, Math.floor(Math.log2(most))));
}

/**
 * Draw all points of the visible classes.
 * @param {HTMLCanvasElement} canvas
 * @param {import("./scenes/embedding.js").Model} model
 * @param {boolean[]} isVisible by class
 * @param {{factor: number, x: number, y: number}} zoom
 * @returns {Projection} from points to the canvas
 */
export function drawPoints(canvas, { classes, points }, isVisible, zoom) {
  const { ctx, width, height, colour, sizePx } = clearCanvas(canvas);
  const projection = projectionOf(points.extent, { width, height }, zoom);
  // A scene without layout has no pixels, and createImageData throws for a size of 0.
  if (canvas.width === 0 || canvas.height === 0) return projection;
  const radius = radiusOf(points.xs.length, Math.min(width, height), zoom.factor, sizePx("--text-m"));
  const stamps = classes.map(({ colour: index, mark }) => stampOf(colour(seriesProperty(index)), mark, radius));
  const picture = ctx.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(picture.data.buffer);
  points.xs.forEach((value, index) => {
    if (!isVisible[points.classes[index]]) return;
    const [x, y] = projection.toScreen(value, points.ys[index]);
    copyStamp(stamps[points.classes[index]], pixels, canvas, x * devicePixelRatio, y * devicePixelRatio);
  });
  ctx.putImageData(picture, 0, 0);
  return projection;
}

/**
 * Copy one mark into the pixels. Without a GPU, twenty thousand calls of the canvas would take 100 ms. Where marks
 * overlap, the more opaque pixel is kept.
 * @param {Stamp} stamp
 * @param {Uint32Array} target
 * @param {{width: number, height: number}} size of the target
 * @param {number} x centre of the mark, in pixels of the target
 * @param {number} y
 */
export function copyStamp({ side, pixels }, target, { width, height }, x, y) {
  const [left, top] = [Math.round(x) - side / 2, Math.round(y) - side / 2];
  for (let row = Math.max(0, -top); row < Math.min(side, height - top); row += 1) {
    for (let column = Math.max(0, -left); column < Math.min(side, width - left); column += 1) {
      const [from, to] = [row * side + column, (top + row) * width + left + column];
      if (pixels[from] >>> ALPHA_BITS >= Math.max(1, target[to] >>> ALPHA_BITS)) target[to] = pixels[from];
    }
  }
}

/** @param {number} count @param {number} sidePx @param {number} factor @param {number} emPx */
function radiusOf(count, sidePx, factor, emPx) {
  const fitting = 0.27 * (sidePx / Math.sqrt(count || 1)) * Math.sqrt(factor);
  return Math.max(1.75, Math.min(emPx / 3, fitting));
}

/** Marks that were drawn once, to be copied any number of times. @type {Map<string, Stamp>} */
const stamps = new Map();

/** @param {string} colour @param {number} mark @param {number} radius @returns {Stamp} */
function stampOf(colour, mark, radius) {
  const key = `${colour} ${mark} ${radius.toFixed(1)} ${devicePixelRatio}`;
  const known = stamps.get(key);
  if (known) return known;
  if (stamps.size > MAX_STAMPS) stamps.clear();
  const side = 2 * Math.ceil(1.5 * radius * devicePixelRatio);
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  ctx.fillStyle = colour;
  ctx.globalAlpha = OPACITY;
  ctx.beginPath();
  TRACES[mark](ctx, side / 2, side / 2, radius * devicePixelRatio);
  ctx.fill();
  const stamp = { side, pixels: new Uint32Array(ctx.getImageData(0, 0, side, side).data.buffer) };
  stamps.set(key, stamp);
  return stamp;
}

/**
 * Draw lines from one point to its neighbours, over the points that were drawn.
 * @param {HTMLCanvasElement} canvas
 * @param {Points} points
 * @param {Projection} projection of the drawn points
 * @param {number} from
 * @param {number[]} to
 */
export function drawLinks(canvas, points, projection, from, to) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const at = (/** @type {number} */ index) => projection.toScreen(points.xs[index], points.ys[index]);
  const style = getComputedStyle(canvas);
  ctx.strokeStyle = style.getPropertyValue("--text");
  ctx.lineWidth = Math.max(1.5, parseFloat(style.getPropertyValue("--text-m")) / 9);
  ctx.beginPath();
  for (const index of to) {
    ctx.moveTo(...at(from));
    ctx.lineTo(...at(index));
  }
  ctx.stroke();
}
