// @ts-check
/** Thousands of points: projecting them, finding the nearest one, and drawing them. */

import { extentOf } from "./axis.js";
import { TRACES } from "./marks.js";

const MARGIN_PX = 12;
const OPACITY = 0.9;
const ALPHA_BITS = 24; // shift of a pixel's alpha in a little-endian number; every browser's platform is little-endian
const MAX_STAMPS = 500;
const MAX_POWER = 1000;
export const SIZES = 8; // different sizes of marks

/**
 * @typedef {(x: number, y: number) => [number, number]} Projection from a point to CSS pixels on the canvas
 * @typedef {{left: number, top: number, width: number, height: number}} Area of the canvas in which points are drawn
 * @typedef {{side: number, pixels: Uint32Array}} Stamp
 * @typedef {{left: number, right: number, low: number, high: number}} Extent
 */

export class Points {
  /**
   * @param {number[]} xs @param {number[]} ys both NaN for a point that cannot be drawn
   * @param {number[]} classes index of each point's class
   * @param {unknown[]} sizes numbers in proportion to the areas of the marks; empty if all are equal
   */
  constructor(xs, ys, classes, sizes = []) {
    this.xs = Float64Array.from(xs);
    this.ys = Float64Array.from(ys);
    this.classes = Uint32Array.from(classes);
    this.sizes = stepsOf(sizes);
    const [x, y] = [this.xs, this.ys].map((column) => extentOf([column]) ?? { low: 0, high: 1 });
    /** @type {Extent} */
    this.extent = { left: x.low, right: x.high, low: y.low, high: y.high };
  }

  /** @param {(index: number) => void} visit each point that can be drawn and whose class is visible @param {boolean[]} isVisible by class */
  forEach(visit, isVisible) {
    for (let index = 0; index < this.xs.length; index += 1) {
      if (isVisible[this.classes[index]] && !Number.isNaN(this.xs[index])) visit(index);
    }
  }

  /**
   * @param {Projection} project
   * @param {{x: number, y: number}} at
   * @param {number} reachPx
   * @param {boolean[]} isVisible by class
   * @returns {number | null} index of the nearest point on the screen; null if none is within reach
   */
  nearest(project, at, reachPx, isVisible) {
    let [nearest, least] = [/** @type {number | null} */ (null), reachPx ** 2];
    this.forEach((index) => {
      const [x, y] = project(this.xs[index], this.ys[index]);
      const away = (x - at.x) ** 2 + (y - at.y) ** 2;
      if (away <= least) [nearest, least] = [index, away];
    }, isVisible);
    return nearest;
  }
}

/** @param {unknown[]} sizes @returns {Uint8Array} 0 for what is no positive number, up to `SIZES - 1` for the largest */
function stepsOf(sizes) {
  const areas = sizes.map((size) => (typeof size === "number" && size > 0 ? size : 0));
  const most = areas.reduce((high, area) => Math.max(high, area), 0) || 1;
  return Uint8Array.from(areas, (area) => Math.round((SIZES - 1) * Math.sqrt(area / most)));
}

/**
 * Both axes have the same scale, because distances matter.
 * @param {Extent} extent
 * @param {{width: number, height: number}} size
 * @param {{factor: number, x: number, y: number}} zoom around the centre; x and y in widths and heights
 * @returns {Projection}
 */
export function equalProjection({ left, right, low, high }, { width, height }, zoom = { factor: 1, x: 0, y: 0 }) {
  // Scaled first, because differences of the largest numbers overflow and pixels of the smallest underflow.
  const unit = powerNear(Math.max(Math.abs(left), Math.abs(right), Math.abs(low), Math.abs(high)));
  const [across, up] = [right * unit - left * unit, high * unit - low * unit];
  const [roomX, roomY] = [Math.max(0, width - 2 * MARGIN_PX), Math.max(0, height - 2 * MARGIN_PX)];
  const fitting = Math.min(across > 0 ? roomX / across : Infinity, up > 0 ? roomY / up : Infinity);
  const scale = (Number.isFinite(fitting) ? fitting : 1) * zoom.factor;
  // From an end, because the middle of two neighbouring numbers is one of them.
  const [fromX, fromY] = [width / 2 + zoom.x * width - (across / 2) * scale, height / 2 + zoom.y * height + (up / 2) * scale];
  return (x, y) => [fromX + (x * unit - left * unit) * scale, fromY - (y * unit - low * unit) * scale];
}

/** @param {number} most @returns {number} a power of two that scales it to between 1 and 2, or as close as possible */
function powerNear(most) {
  if (most === 0) return 1;
  return 2 ** -Math.max(-MAX_POWER, Math.min(MAX_POWER, Math.floor(Math.log2(most))));
}

/**
 * Draw all points of the visible classes, over everything else in the area.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Points} points
 * @param {{colour: string, mark: number}[]} classes with their CSS colours
 * @param {{area: Area, project: Projection, isVisible: boolean[], radius: number}} view
 */
export function drawPoints(ctx, points, classes, { area, project, isVisible, radius }) {
  const [left, top, width, height] = [area.left, area.top, area.width, area.height].map((px) => Math.round(px * devicePixelRatio));
  // A scene without layout has no pixels, and createImageData throws for a size of 0.
  if (width <= 0 || height <= 0) return;
  const picture = ctx.createImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  const radii = points.sizes.length ? Array.from({ length: SIZES }, (_, size) => radius * (0.6 + (1.2 * size) / (SIZES - 1))) : [radius];
  const stamps = classes.map(({ colour, mark }) => radii.map((each) => stampOf(colour, mark, each)));
  points.forEach((index) => {
    const [x, y] = project(points.xs[index], points.ys[index]);
    const stamp = stamps[points.classes[index]][points.sizes[index] ?? 0];
    copyStamp(stamp, pixels, { width, height }, x * devicePixelRatio - left, y * devicePixelRatio - top);
  }, isVisible);
  ctx.putImageData(picture, left, top);
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

/** @param {number} count @param {Area} area @param {number} factor @param {number} emPx @returns {number} so that the marks of many points overlap little */
export function radiusOf(count, { width, height }, factor, emPx) {
  const fitting = 0.27 * (Math.min(width, height) / Math.sqrt(count || 1)) * Math.sqrt(factor);
  return Math.max(1.75, Math.min(emPx / 3, fitting));
}

/** Marks that were drawn once, to be copied any number of times. @type {Map<string, Stamp>} */
const stamps = new Map();
/** One canvas for all marks, because creating one takes longer than drawing on it. @type {CanvasRenderingContext2D | undefined} */
let stampPad;

/** @param {string} colour @param {number} mark @param {number} radius @returns {Stamp} */
function stampOf(colour, mark, radius) {
  const key = `${colour} ${mark} ${radius.toFixed(1)} ${devicePixelRatio}`;
  const known = stamps.get(key);
  if (known) return known;
  if (stamps.size > MAX_STAMPS) stamps.clear();
  const side = 2 * Math.ceil(1.5 * radius * devicePixelRatio);
  const ctx = (stampPad ??= /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d", { willReadFrequently: true })));
  if (ctx.canvas.width < side) ctx.canvas.width = ctx.canvas.height = side;
  ctx.clearRect(0, 0, side, side);
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
 * Draw lines from one point to others, over the points that were drawn.
 * @param {Surface} surface @param {Points} points @param {Projection} project of the drawn points
 * @param {number} from @param {number[]} to
 */
export function drawLinks({ ctx, colour, sizePx }, points, project, from, to) {
  const at = (/** @type {number} */ index) => project(points.xs[index], points.ys[index]);
  ctx.strokeStyle = colour("--text");
  ctx.lineWidth = Math.max(1.5, sizePx("--text-m") / 9);
  ctx.beginPath();
  for (const index of to) {
    ctx.moveTo(...at(from));
    ctx.lineTo(...at(index));
  }
  ctx.stroke();
}
