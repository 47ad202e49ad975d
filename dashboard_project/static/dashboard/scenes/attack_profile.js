// @ts-check
/** Named curves over a common x; y is a share and always stands on the full scale from 0 to 1. */

import { paintChart } from "../chart.js";
import { byName, plural } from "../format.js";
import { seriesOf } from "../palette.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No curve has been sent yet." };

/**
 * @typedef {{name: string, colour: number, mark: number, count: number}} Curve
 * @typedef {[xs: number[], ...ys: (number | undefined)[][]]} Columns one common x, and per curve the y
 *   there, undefined where the curve has none
 * @typedef {{curves: Curve[], columns: Columns, left: number, right: number, xLabel: string, yLabel: string,
 *   sentence: string}} Model
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} curves by name
 */
export function model(view, context) {
  const values = valuesOf(view, context).sort((a, b) => byName(a.name, b.name));
  const series = seriesOf(values.map(({ name }) => name));
  const curves = values.map(({ name, x }) => ({ name, count: x.length, ...(series.get(name) ?? { colour: 0, mark: 0 }) }));
  const columns = alignedOf(values);
  const names = curves.map(({ name }) => name).join(", ");
  return {
    curves,
    columns,
    ...rangeOf(columns[0]),
    ...labelsOf(values),
    sentence: `${plural(curves.length, "curve")} between 0 and 1: ${names}`,
  };
}

/**
 * Lay curves over one common x, in ascending order. Of points of one curve at the same x the last counts.
 * @param {{x: number[], y: number[]}[]} curves
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

/** @param {number[]} xs ascending @returns {{left: number, right: number}} never of width zero */
function rangeOf(xs) {
  const [left, right] = [xs[0] ?? 0, xs.at(-1) ?? 1];
  if (left < right) return { left, right };
  const half = Math.abs(left) / 2 || 0.5;
  return { left: left - half, right: right + half };
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
  paintChart(element, model);
}
