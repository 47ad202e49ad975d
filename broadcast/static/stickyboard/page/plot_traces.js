// @ts-check
/** What a plot draws, as the columns of a chart. */

import { sharesOf } from "./axis.js";
import { GAP } from "./columns.js";

/**
 * @typedef {import("./columns.js").Columns} Columns
 * @typedef {import("./columns.js").Numbers} Numbers
 *
 * @typedef {object} Line
 * @property {string} name
 * @property {number} colour
 * @property {number} mark
 * @property {number[]} dash
 * @property {Numbers} x strictly ascending
 * @property {Numbers} y NaN in a gap
 * @property {Numbers} [raw] drawn pale behind `y`
 * @property {Numbers} [low] the edges of a band
 * @property {Numbers} [high]
 * @property {number} [gaps] the number of gaps in `y`
 * @property {number} [base] the value down to which it is filled
 * @property {string} [label] what the tooltip writes instead of the name
 * @property {Numbers} [read] what the tooltip writes instead of `y`
 *
 * @typedef {{line: Line, role: "line" | "raw" | "low" | "high", x: Numbers, y: Numbers, isStepped?: boolean}} Trace one series of uPlot
 */

/** @param {Line} line @returns {Trace[]} from the back to the front */
export function tracesOf(line) {
  const { x, y, raw, low, high } = line;
  const band = low?.length && high?.length ? [{ line, role: "low", x, y: low }, { line, role: "high", x, y: high }] : [];
  return /** @type {Trace[]} */ ([...band, ...(raw ? [{ line, role: "raw", x, y: raw }] : []), { line, role: "line", x, y }]);
}

/** The columns of a plot as shares of its y axis. What has not changed is not computed again. */
export class ShareColumns {
  /** @type {ArrayLike<number | null | undefined>[]} */
  #columns = [];
  /** @type {string[]} */
  #keys = [];

  /**
   * @param {Columns} columns
   * @param {Axis} axis of y
   * @param {(index: number) => boolean} isTyped whether a column is drawn as pixels, and not by uPlot: it remains typed
   * @returns {{data: ArrayLike<number | null | undefined>[], isChanged: boolean}}
   */
  read({ ys, versions }, axis, isTyped) {
    const keys = versions.map((version, index) => [version, axis.low, axis.high, axis.kind, isTyped(index)].join());
    const isChanged = keys.length !== this.#keys.length || keys.some((key, index) => key !== this.#keys[index]);
    const share = sharesOf(axis);
    const data = keys.map((key, index) => {
      if (key === this.#keys[index]) return this.#columns[index];
      return isTyped(index) ? typed(ys[index], share, this.#columns[index]) : plain(ys[index], share);
    });
    [this.#columns, this.#keys] = [data, keys];
    return { data, isChanged };
  }
}

/** @param {Float64Array} column @param {(value: number) => number} share @param {unknown} before an array to use again */
function typed(column, share, before) {
  const shares = before instanceof Float64Array && before.length === column.length ? before : new Float64Array(column.length);
  for (let index = 0; index < column.length; index += 1) {
    const value = column[index];
    shares[index] = Number.isFinite(value) ? share(value) : value;
  }
  return shares;
}

/** In uPlot's terms, null is a gap, and undefined is not. @param {Float64Array} column @param {(value: number) => number} share */
function plain(column, share) {
  return Array.from(column, (value) => (Number.isFinite(value) ? share(value) : value === GAP ? null : undefined));
}
