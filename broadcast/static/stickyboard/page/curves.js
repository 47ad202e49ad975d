// @ts-check
/** Reads curves from events: one point per event, or a whole curve in one event. */

import { valueAt } from "./fields.js";

/**
 * @typedef {import("./view.js").Entry} Entry
 * @typedef {{y: string | string[], x?: string, series?: string, band?: [string, string], split?: string}} Fields paths, and `@time` or `@step` for `x`
 *
 * @typedef {object} Curve
 * @property {string} name
 * @property {string} series the part of the name that determines its colour
 * @property {boolean} isWhole whether one event has all its points
 * @property {number | undefined} newest its newest value
 * @property {number[]} x strictly ascending
 * @property {number[]} y
 * @property {number[]} [raw] the values before smoothing
 * @property {number[]} gaps where a value is null, such as NaN, which JSON lacks; ascending
 * @property {number[]} low lower edge of its band; empty without a band
 * @property {number[]} high
 *
 * @typedef {Map<string, Map<string, Curve>>} Panels curves by name in the order of the newest event, by the value of `split`
 */

export const TIME = "@time";
const STEP = "@step";
const MAX_POINTS = 2 ** 20;
const MAX_CURVES = 10_000;
const MAX_GAPS = 10_000; // per curve
export const UNKNOWN = "–";

/**
 * @param {Entry[]} entries in ascending order of revision
 * @param {Fields} fields
 * @param {boolean} [isLog] whether only positive values have a place
 * @returns {{panels: Panels, omitted: number, unread: number}} with the numbers of values that are not positive, and of
 *   the oldest events that exceed a bound
 */
export function readCurves(entries, fields, isLog = false) {
  const reader = new Reader(fields, isLog);
  let index = entries.length;
  // From the newest to the oldest, so that a bound leaves out the oldest.
  while (index > 0 && reader.points < MAX_POINTS) reader.read(entries[--index]);
  for (const curves of reader.panels.values()) for (const curve of curves.values()) sortPoints(curve, fields.x === STEP);
  return { panels: reader.panels, omitted: reader.omitted, unread: index };
}

class Reader {
  /** @type {Panels} */
  panels = new Map();
  points = 0;
  omitted = 0;
  #curves = 0;
  /** Looking curves up for each value of many maps takes most of the time @type {Map<string, {keys: string[], curves: (Curve | undefined)[]}>} */
  #lastMaps = new Map();
  #fields;
  #paths;
  #isLog;

  /** @param {Fields} fields @param {boolean} isLog */
  constructor(fields, isLog) {
    this.#fields = { x: TIME, ...fields };
    this.#paths = [fields.y].flat();
    this.#isLog = isLog;
  }

  /** @param {Entry} entry */
  read({ at, value }) {
    const { x, series, split } = this.#fields;
    const xs = x === TIME ? at : x === STEP ? 0 : valueAt(value, x);
    const name = series === undefined ? "" : labelOf(valueAt(value, series));
    const panel = split === undefined || this.#paths.includes(split) ? "" : labelOf(valueAt(value, split));
    this.#paths.forEach((path, line) => this.#readField(value, { path, line, name, panel, xs }));
  }

  /** @param {any} value @param {{path: string, line: number, name: string, panel: string, xs: any}} at */
  #readField(value, at) {
    const { path, line, name, panel, xs } = at;
    const y = valueAt(value, path);
    if (typeof y === "object" && y !== null && !Array.isArray(y)) return this.#readMap(y, at);
    if (typeof y !== "number" && !Array.isArray(y)) return;
    const field = this.#paths.length > 1 || name === "" ? lastPart(path) : "";
    const curve = this.#curve(panel, name, field);
    const [low, high] = line === 0 ? this.#fields.band?.map((edge) => valueAt(value, edge)) ?? [] : [];
    if (!curve) return;
    if (Array.isArray(y)) this.#addAll(curve, xs, y, low, high);
    else if (!curve.isWhole) this.#add(curve, xs, y, low, high);
  }

  /** @param {object} map @param {{path: string, name: string, panel: string, xs: any}} at */
  #readMap(map, { path, name, panel, xs }) {
    const curves = this.#curvesOf(Object.keys(map), path, name, panel);
    const values = Object.values(map);
    for (let index = 0; index < values.length; index += 1) {
      const curve = curves[index];
      if (curve && !curve.isWhole) this.#add(curve, xs, values[index]);
    }
  }

  /** @param {string[]} keys @param {string} path @param {string} name @param {string} panel @returns {(Curve | undefined)[]} those of a map's keys; of the last map, if it had the same */
  #curvesOf(keys, path, name, panel) {
    const [id, isSplit] = [`${path}\n${panel}\n${name}`, path === this.#fields.split];
    const last = this.#lastMaps.get(id);
    if (last && last.keys.length === keys.length && keys.every((key, index) => key === last.keys[index])) return last.curves;
    const curves = keys.map((key) => (isSplit ? this.#curve(key, name, name ? "" : key) : this.#curve(panel, name, key)));
    this.#lastMaps.set(id, { keys, curves });
    return curves;
  }

  /** @param {string} panel @param {string} name @param {string} field @returns {Curve | undefined} undefined beyond the bound */
  #curve(panel, name, field) {
    let curves = this.panels.get(panel);
    if (!curves) this.panels.set(panel, (curves = new Map()));
    const whole = name && field ? `${name} · ${field}` : name || field;
    const known = curves.get(whole);
    if (known || this.#curves >= MAX_CURVES) return known;
    this.#curves += 1;
    const curve = { name: whole, series: name || field, isWhole: false, newest: undefined, x: [], y: [], gaps: [], low: [], high: [] };
    curves.set(whole, curve);
    return curve;
  }

  /** @param {Curve} curve @param {any} xs @param {any[]} ys @param {any} lows @param {any} highs */
  #addAll(curve, xs, ys, lows, highs) {
    // A newer event has all its points already.
    if (curve.x.length > 0) return;
    curve.isWhole = true;
    const [hasX, hasBand] = [Array.isArray(xs), Array.isArray(lows) && Array.isArray(highs)];
    for (let index = Math.min(ys.length, hasX ? xs.length : Infinity) - 1; index >= 0; index -= 1) {
      this.#add(curve, hasX ? xs[index] : index + 1, ys[index], hasBand ? lows[index] : undefined, hasBand ? highs[index] : undefined);
    }
  }

  /** @param {Curve} curve @param {any} x @param {any} y @param {any} [low] @param {any} [high] */
  #add(curve, x, y, low, high) {
    if (!Number.isFinite(x)) return;
    if (y === null && curve.gaps.length < MAX_GAPS) curve.gaps.push(x);
    if (!Number.isFinite(y)) return;
    curve.newest ??= y;
    if (this.#isLog && y <= 0) {
      this.omitted += 1;
      return;
    }
    this.points += 1;
    curve.x.push(x);
    curve.y.push(y);
    if (this.#fields.band === undefined) return;
    curve.low.push(Number.isFinite(low) ? low : y);
    curve.high.push(Number.isFinite(high) ? high : y);
  }
}

/** @param {unknown} value @returns {string} */
export function labelOf(value) {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : UNKNOWN;
}

/** @param {string} path */
function lastPart(path) {
  return path.slice(path.lastIndexOf(".") + 1);
}

/** Bring points, the newest first, into the order of x. Of points at the same x, the newest counts. @param {Curve} curve @param {boolean} isNumbered */
function sortPoints(curve, isNumbered) {
  const columns = [curve.x, curve.y, curve.low, curve.high];
  for (const column of columns) column.reverse();
  curve.gaps = isNumbered ? [] : [...new Set(curve.gaps)].sort((a, b) => a - b);
  const { x } = curve;
  if (isNumbered && !curve.isWhole) x.forEach((_, index) => (x[index] = index + 1));
  if (x.every((value, index) => index === 0 || value > x[index - 1])) return;
  const order = x.map((_, index) => index).sort((a, b) => x[a] - x[b] || a - b);
  const last = order.filter((at, index) => index === order.length - 1 || x[at] !== x[order[index + 1]]);
  [curve.x, curve.y, curve.low, curve.high] = columns.map((column) => (column.length ? last.map((at) => column[at]) : column));
}

/**
 * Smooth a curve as TensorBoard does: by an exponential moving average without the bias of its first values.
 * @param {number[]} values
 * @param {number} weight 0 to below 1
 * @returns {number[]}
 */
export function smoothed(values, weight) {
  let [average, remaining] = [0, 1];
  return values.map((value) => {
    remaining *= weight;
    const share = (1 - weight) / (1 - remaining);
    const change = value - average;
    // As a change, so that the average of a constant is exactly that constant.
    average = Number.isFinite(change) ? average + change * share : average * (1 - share) + value * share;
    return average;
  });
}
