// @ts-check
/** Named curves over a common x; y is a share and is always drawn on the full scale from 0 to 1. */

import { paintChart } from "../chart.js";
import { byName, plural } from "../format.js";
import { namesText } from "../hidden.js";
import { seriesOf } from "../palette.js";
import { shareOf, valueAt } from "../ticks.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No curves yet." };

/**
 * @typedef {{name: string, colour: number, mark: number, count: number}} Curve
 * @typedef {[xs: number[], ...ys: (number | undefined)[][]]} Columns one common x, and the y of each
 *   curve, undefined where the curve has no value
 * @typedef {{curves: Curve[], columns: Columns, xs: number[], left: number, right: number, xLabel: string, yLabel: string,
 *   sentence: string}} Model the x of `columns` are shares of the range from `left` to `right`; `xs` are the numbers
 */

const MAX_CELLS = 200_000; // of columns: beyond that, curves are sampled
const SAMPLES = 1024; // along x, each with a curve's lowest and highest y; screens have hardly more pixels

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} curves by name
 */
export function model(view, context) {
  const values = valuesOf(view, context).sort((a, b) => byName(a.name, b.name));
  const series = seriesOf(values.map(({ name }) => name));
  const curves = values.map(({ name, x }) => ({ name, count: x.length, ...(series.get(name) ?? { colour: 0, mark: 0 }) }));
  const { left, right } = rangeOf(values);
  const [xs, ...ys] = hasTooManyCells(values) ? sampledOf(values, left, right) : alignedOf(values);
  const names = namesText(curves.map(({ name }) => name));
  return {
    curves,
    // As shares, which a chart can lay out for any numbers.
    columns: [xs.map((x) => shareOf(x, left, right)), ...ys],
    xs, left, right,
    ...labelsOf(values),
    sentence: `${plural(curves.length, "curve")} from 0 to 1: ${names}`,
  };
}

/** @typedef {{x: number[], y: number[]}} Points */

/** @param {Points[]} curves @returns {boolean} whether a common x would exceed MAX_CELLS */
function hasTooManyCells(curves) {
  const xs = new Set();
  return curves.some(({ x }) => {
    for (const value of x) xs.add(value);
    return xs.size * curves.length > MAX_CELLS;
  });
}

/**
 * Align curves over one common x, in ascending order. Of a curve's points at the same x, the last one counts.
 * @param {Points[]} curves
 * @returns {Columns}
 */
export function alignedOf(curves) {
  const xs = [...new Set(curves.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const ys = curves.map(({ x, y }) => {
    const at = new Map(x.map((value, index) => [value, y[index]]));
    return xs.map((value) => at.get(value));
  });
  return [xs, ...ys];
}

/**
 * Sample curves at equal distances, with the lowest and the highest y of a curve in each.
 * @param {Points[]} curves @param {number} left @param {number} right
 * @returns {Columns}
 */
export function sampledOf(curves, left, right) {
  const xs = Array.from({ length: 2 * SAMPLES }, (_, at) => valueAt((at + 0.5) / (2 * SAMPLES), left, right));
  return [xs, ...curves.map((curve) => sampled(curve, left, right))];
}

/** @param {Points} curve @param {number} left @param {number} right @returns {(number | undefined)[]} two per sample */
function sampled({ x, y }, left, right) {
  const lowest = /** @type {(number | undefined)[]} */ (Array(SAMPLES).fill(undefined));
  const highest = [...lowest];
  x.forEach((value, index) => {
    const sample = Math.min(SAMPLES - 1, Math.floor(shareOf(value, left, right) * SAMPLES));
    const [low, high] = [lowest[sample], highest[sample]];
    if (low === undefined || y[index] < y[low]) lowest[sample] = index;
    if (high === undefined || y[index] > y[high]) highest[sample] = index;
  });
  return lowest.flatMap((low, sample) => {
    const high = highest[sample];
    if (low === undefined || high === undefined) return [undefined, undefined];
    return x[low] <= x[high] ? [y[low], y[high]] : [y[high], y[low]];
  });
}

/** @param {Points[]} curves @returns {{left: number, right: number}} never of width zero */
function rangeOf(curves) {
  let [left, right] = [Infinity, -Infinity];
  for (const { x } of curves) {
    for (const value of x) {
      if (value < left) left = value;
      if (value > right) right = value;
    }
  }
  if (left > right) return { left: 0, right: 1 };
  if (left < right) return { left, right };
  const half = Math.abs(left) / 2 || 0.5;
  return { left: Math.max(-Number.MAX_VALUE, left - half), right: Math.min(Number.MAX_VALUE, right + half) };
}

/** @param {any[]} values */
function labelsOf(values) {
  return {
    xLabel: values.find((value) => value.x_label)?.x_label ?? "",
    yLabel: values.find((value) => value.y_label)?.y_label ?? "",
  };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every point of every curve
 */
export function table(view, context) {
  const values = valuesOf(view, context).sort((a, b) => byName(a.name, b.name));
  const { xLabel, yLabel } = labelsOf(values);
  const rows = values.flatMap(({ name, x, y }) => x.map((/** @type {number} */ at, /** @type {number} */ index) => [name, at, y[index]]));
  return { columns: ["curve", xLabel || "x", yLabel || "y"], rows };
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, model) {
  return paintChart(element, model);
}
