// @ts-check
/** Thousands of points: where they are, which one is near, and how they are drawn. */

import { clearSheet } from "./canvas.js";
import { TRACES } from "./marks.js";
import { seriesProperty } from "./palette.js";

const MARGIN_PX = 12;
const OPACITY = 0.9;
const ALPHA_BITS = 24; // of a pixel as one number: alpha stands highest where bytes go lowest first, as everywhere
const MOST_STAMPS = 500;
const MOST_POWER = 1000;

/**
 * @typedef {{toScreen: (x: number, y: number) => [number, number], scale: number}} Place
 * @typedef {{side: number, pixels: Uint32Array}} Stamp
 * @typedef {{left: number, right: number, low: number, high: number}} Extent
 */

export class Points {
  /** @param {[number, number][]} points @param {number[]} classes the class of each, as an index */
  constructor(points, classes) {
    this.xs = Float64Array.from(points, ([x]) => x);
    this.ys = Float64Array.from(points, ([, y]) => y);
    this.classes = Uint32Array.from(classes);
    /** @type {Extent} */
    this.extent = extentOf(this.xs, this.ys);
  }

  /**
   * @param {Place} place
   * @param {{x: number, y: number}} at
   * @param {number} reachPx
   * @param {boolean[]} isShown by class
   * @returns {number | null} which point is nearest on the screen; null where none is within reach
   */
  nearest(place, at, reachPx, isShown) {
    let [nearest, least] = [/** @type {number | null} */ (null), reachPx ** 2];
    this.xs.forEach((value, index) => {
      if (!isShown[this.classes[index]]) return;
      const [x, y] = place.toScreen(value, this.ys[index]);
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
 * One scale for both axes, as distances are what an embedding shows.
 * @param {Extent} extent
 * @param {{width: number, height: number}} size
 * @param {{factor: number, x: number, y: number}} zoom about the middle; x and y in widths and heights
 * @returns {Place}
 */
export function placeIn({ left, right, low, high }, { width, height }, zoom = { factor: 1, x: 0, y: 0 }) {
  // Sums and distances of the largest numbers are none, and a pixel of the smallest neither.
  const unit = powerNear(Math.max(Math.abs(left), Math.abs(right), Math.abs(low), Math.abs(high)));
  const [across, up] = [right * unit - left * unit, high * unit - low * unit];
  const [roomX, roomY] = [Math.max(0, width - 2 * MARGIN_PX), Math.max(0, height - 2 * MARGIN_PX)];
  const fitting = Math.min(across > 0 ? roomX / across : Infinity, up > 0 ? roomY / up : Infinity);
  const scale = (Number.isFinite(fitting) ? fitting : 1) * zoom.factor;
  const [middleX, middleY] = [width / 2 + zoom.x * width, height / 2 + zoom.y * height];
  const [centreX, centreY] = [left * unit + across / 2, low * unit + up / 2];
  return { scale, toScreen: (x, y) => [middleX + (x * unit - centreX) * scale, middleY - (y * unit - centreY) * scale] };
}

/** @param {number} most @returns {number} a power of two that brings it to between 1 and 2, or as near as such a power can */
function powerNear(most) {
  if (most === 0) return 1;
  return 2 ** -Math.max(-MOST_POWER, Math.min(MOST_POWER, Math.floor(Math.log2(most))));
}

/**
 * Draw all points of the classes that are shown.
 * @param {HTMLCanvasElement} canvas
 * @param {import("./scenes/embedding.js").Model} model
 * @param {boolean[]} isShown by class
 * @param {{factor: number, x: number, y: number}} zoom
 * @returns {Place} where a point is on the canvas
 */
export function drawPoints(canvas, { classes, points }, isShown, zoom) {
  const { pen, width, height, colour, sizePx } = clearSheet(canvas);
  const place = placeIn(points.extent, { width, height }, zoom);
  // A scene that is not laid out has no pixels, and canvases make no picture of none.
  if (canvas.width === 0 || canvas.height === 0) return place;
  const radius = radiusOf(points.xs.length, Math.min(width, height), zoom.factor, sizePx("--text-m"));
  const stamps = classes.map(({ colour: index, mark }) => stampOf(colour(seriesProperty(index)), mark, radius));
  const picture = pen.createImageData(canvas.width, canvas.height);
  const sheet = new Uint32Array(picture.data.buffer);
  points.xs.forEach((value, index) => {
    if (!isShown[points.classes[index]]) return;
    const [x, y] = place.toScreen(value, points.ys[index]);
    press(stamps[points.classes[index]], sheet, canvas, x * devicePixelRatio, y * devicePixelRatio);
  });
  pen.putImageData(picture, 0, 0);
  return place;
}

/**
 * Put one mark onto the sheet. Done on numbers, as twenty thousand calls of the canvas take a hundred
 * milliseconds where there is no GPU; where marks overlap at their soft edges, the harder one stays.
 * @param {Stamp} stamp
 * @param {Uint32Array} sheet
 * @param {{width: number, height: number}} size of the sheet
 * @param {number} x the mark's middle, in pixels of the sheet
 * @param {number} y
 */
export function press({ side, pixels }, sheet, { width, height }, x, y) {
  const [left, top] = [Math.round(x) - side / 2, Math.round(y) - side / 2];
  for (let row = Math.max(0, -top); row < Math.min(side, height - top); row += 1) {
    for (let column = Math.max(0, -left); column < Math.min(side, width - left); column += 1) {
      const [from, to] = [row * side + column, (top + row) * width + left + column];
      if (pixels[from] >>> ALPHA_BITS >= Math.max(1, sheet[to] >>> ALPHA_BITS)) sheet[to] = pixels[from];
    }
  }
}

/** @param {number} count @param {number} sidePx @param {number} factor @param {number} emPx */
function radiusOf(count, sidePx, factor, emPx) {
  const fitting = 0.27 * (sidePx / Math.sqrt(count || 1)) * Math.sqrt(factor);
  return Math.max(1.75, Math.min(emPx / 3, fitting));
}

/** Marks that were drawn once, to be pressed any number of times. @type {Map<string, Stamp>} */
const stamps = new Map();

/** @param {string} colour @param {number} mark @param {number} radius @returns {Stamp} */
function stampOf(colour, mark, radius) {
  const key = `${colour} ${mark} ${radius.toFixed(1)} ${devicePixelRatio}`;
  const known = stamps.get(key);
  if (known) return known;
  if (stamps.size > MOST_STAMPS) stamps.clear();
  const side = 2 * Math.ceil(1.5 * radius * devicePixelRatio);
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  pen.fillStyle = colour;
  pen.globalAlpha = OPACITY;
  pen.beginPath();
  TRACES[mark](pen, side / 2, side / 2, radius * devicePixelRatio);
  pen.fill();
  const stamp = { side, pixels: new Uint32Array(pen.getImageData(0, 0, side, side).data.buffer) };
  stamps.set(key, stamp);
  return stamp;
}

/**
 * Draw lines from one point to its neighbours, over the points that were drawn.
 * @param {HTMLCanvasElement} canvas
 * @param {Points} points
 * @param {Place} place where they were drawn
 * @param {number} from
 * @param {number[]} to
 */
export function drawLinks(canvas, points, place, from, to) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const at = (/** @type {number} */ index) => place.toScreen(points.xs[index], points.ys[index]);
  const style = getComputedStyle(canvas);
  pen.strokeStyle = style.getPropertyValue("--text");
  pen.lineWidth = Math.max(1.5, parseFloat(style.getPropertyValue("--text-m")) / 9);
  pen.beginPath();
  for (const index of to) {
    pen.moveTo(...at(from));
    pen.lineTo(...at(index));
  }
  pen.stroke();
}
