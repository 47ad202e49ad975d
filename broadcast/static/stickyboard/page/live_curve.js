// @ts-check
/** One curve while its entries come and go, and how it is drawn: in the order of x, and smoothed. */

import { PointBuffer } from "./point_buffer.js";

/**
 * @typedef {object} Curve never modified
 * @property {string} name
 * @property {string} series the part of the name that determines its colour
 * @property {boolean} isWhole whether one event has all its points
 * @property {number | undefined} newest its newest value; undefined if that is not a number
 * @property {Float64Array} x strictly ascending
 * @property {Float64Array} y NaN in a gap
 * @property {Float64Array} low lower edge of its band; empty without a band
 * @property {Float64Array} high
 * @property {number} gaps
 * @property {number} omitted the number of values that are not positive, on a logarithmic scale
 */

export class LiveCurve {
  /** The entry that has all points @type {Entry | null} */
  whole = null;
  /** Whether single points have replaced a whole curve. */
  wasWhole = false;
  #buffer;
  #isNumbered;
  /** @type {Curve | null} */
  #read = null;
  #isLog = false;

  /** @param {{panel: string, name: string, series: string}} names @param {boolean} hasBand @param {boolean} isNumbered whether x is the number of the point */
  constructor({ panel, name, series }, hasBand, isNumbered) {
    this.panel = panel;
    this.name = name;
    this.series = series;
    this.#buffer = new PointBuffer(hasBand);
    this.#isNumbered = isNumbered;
  }

  get length() {
    return this.#buffer.length;
  }

  /** @param {Entry} entry @param {number} x @param {number} y @param {any} low @param {any} high */
  add(entry, x, y, low, high) {
    if (this.whole) {
      this.#buffer.clear();
      this.wasWhole = true;
    }
    this.whole = null;
    this.#buffer.push(entry, x, y, low, high);
    this.#read = null;
  }

  /** Replace all points. @param {Entry} entry @param {any} xs @param {any[]} ys @param {any} lows @param {any} highs */
  addAll(entry, xs, ys, lows, highs) {
    const [hasX, hasBand] = [Array.isArray(xs), Array.isArray(lows) && Array.isArray(highs)];
    this.#buffer.clear();
    this.whole = entry;
    this.#read = null;
    for (let index = 0; index < (hasX ? Math.min(xs.length, ys.length) : ys.length); index += 1) {
      const x = hasX ? xs[index] : index + 1;
      if (Number.isFinite(x) && Number.isFinite(ys[index])) this.#buffer.push(entry, x, ys[index], hasBand ? lows[index] : undefined, hasBand ? highs[index] : undefined);
    }
  }

  /** @param {Set<Entry>} removed @param {number} most @returns {number} of removed points */
  remove(removed, most) {
    this.#read = null;
    return this.#buffer.remove(removed, most);
  }

  /** @param {boolean} isLog whether only positive values have a place @returns {Curve} the same object until the curve changes */
  read(isLog) {
    if (this.#read && this.#isLog === isLog) return this.#read;
    const { points, newest, gaps, nonPositive } = this.#buffer;
    const isWhole = this.whole !== null;
    const x = this.#isNumbered && !isWhole ? Float64Array.from(points.x, (_, index) => index + 1) : points.x;
    const sorted = inOrder({ ...points, x });
    const drawn = isLog && nonPositive > 0 ? picked(sorted, Array.from(sorted.y.keys()).filter((index) => !(sorted.y[index] <= 0))) : sorted;
    this.#isLog = isLog;
    this.#read = { name: this.name, series: this.series, isWhole, newest: Number.isNaN(newest) ? undefined : newest, ...drawn, gaps, omitted: isLog ? nonPositive : 0 };
    return this.#read;
  }
}

/** @typedef {import("./point_buffer.js").Points} Points */

/** Bring points, the newest last, into the order of x. Of points at the same x, the newest counts. @param {Points} points @returns {Points} */
function inOrder(points) {
  const { x } = points;
  let index = 1;
  while (index < x.length && x[index] > x[index - 1]) index += 1;
  if (index >= x.length) return points;
  const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b] || a - b);
  return picked(points, order.filter((at, place) => place === order.length - 1 || x[at] !== x[order[place + 1]]));
}

/** @param {Points} points @param {number[]} indexes @returns {Points} */
function picked({ x, y, low, high }, indexes) {
  const pick = (/** @type {Float64Array} */ column) => (column.length ? Float64Array.from(indexes, (index) => column[index]) : column);
  return { x: pick(x), y: pick(y), low: pick(low), high: pick(high) };
}

/**
 * Smooth a curve as TensorBoard does: by an exponential moving average without the bias of its first values.
 * @param {ArrayLike<number>} values
 * @param {number} weight 0 to below 1
 * @returns {Float64Array} NaN in a gap
 */
export function smoothed(values, weight) {
  const averages = new Float64Array(values.length);
  let [average, remaining] = [0, 1];
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    averages[index] = NaN;
    if (Number.isNaN(value)) continue;
    remaining *= weight;
    const share = (1 - weight) / (1 - remaining);
    const change = value - average;
    // As a change, so that the average of a constant is exactly that constant.
    average = Number.isFinite(change) ? average + change * share : average * (1 - share) + value * share;
    averages[index] = average;
  }
  return averages;
}
