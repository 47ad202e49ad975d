// @ts-check
/** Thousands of points: where they are, which one is near, and how they are drawn. */

import { clearSheet } from "./canvas.js";
import { TRACES } from "./marks.js";
import { seriesProperty } from "./palette.js";

const MARGIN_PX = 12;
const OPACITY = 0.85;

/**
 * @typedef {{toScreen: (x: number, y: number) => [number, number], scale: number}} Place
 * @typedef {{left: number, right: number, low: number, high: number}} Extent
 */

export class Points {
  /** @param {[number, number][]} points @param {number[]} classes the class of each, as an index */
  constructor(points, classes) {
    this.xs = Float64Array.from(points, ([x]) => x);
    this.ys = Float64Array.from(points, ([, y]) => y);
    this.classes = Uint16Array.from(classes);
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
  const [across, up] = [(width - 2 * MARGIN_PX) / (right - left || 1), (height - 2 * MARGIN_PX) / (high - low || 1)];
  const scale = Math.max(0, Math.min(across, up)) * zoom.factor;
  const [middleX, middleY] = [width / 2 + zoom.x * width, height / 2 + zoom.y * height];
  const [centreX, centreY] = [(left + right) / 2, (low + high) / 2];
  return { scale, toScreen: (x, y) => [middleX + (x - centreX) * scale, middleY - (y - centreY) * scale] };
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
  const radius = radiusOf(points.xs.length, Math.min(width, height), zoom.factor, sizePx("--text-m"));
  const stamps = classes.map(({ colour: index, mark }) => stampOf(colour(seriesProperty(index)), mark, radius));
  const half = stamps.length ? stamps[0].width / devicePixelRatio / 2 : 0;
  pen.globalAlpha = OPACITY;
  points.xs.forEach((value, index) => {
    if (!isShown[points.classes[index]]) return;
    const [x, y] = place.toScreen(value, points.ys[index]);
    if (x < -half || y < -half || x > width + half || y > height + half) return;
    pen.drawImage(stamps[points.classes[index]], x - half, y - half, 2 * half, 2 * half);
  });
  pen.globalAlpha = 1;
  return place;
}

/** @param {number} count @param {number} sidePx @param {number} factor @param {number} emPx */
function radiusOf(count, sidePx, factor, emPx) {
  const fitting = 0.27 * (sidePx / Math.sqrt(count || 1)) * Math.sqrt(factor);
  return Math.max(1.75, Math.min(emPx / 3, fitting));
}

/** One mark, drawn once and then stamped: a path of thousands of marks takes ten times as long. @type {Map<string, HTMLCanvasElement>} */
const stamps = new Map();

/** @param {string} colour @param {number} mark @param {number} radius @returns {HTMLCanvasElement} */
function stampOf(colour, mark, radius) {
  const key = `${colour} ${mark} ${radius.toFixed(1)} ${devicePixelRatio}`;
  const known = stamps.get(key);
  if (known) return known;
  if (stamps.size > 500) stamps.clear();
  const stamp = document.createElement("canvas");
  const side = 2 * Math.ceil(1.5 * radius * devicePixelRatio);
  stamp.width = stamp.height = side;
  const pen = /** @type {CanvasRenderingContext2D} */ (stamp.getContext("2d"));
  pen.fillStyle = colour;
  pen.beginPath();
  TRACES[mark](pen, side / 2, side / 2, radius * devicePixelRatio);
  pen.fill();
  stamps.set(key, stamp);
  return stamp;
}
