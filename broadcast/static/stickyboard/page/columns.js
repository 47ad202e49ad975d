// @ts-check
/** Brings curves to one common x, as a chart needs them: every point, or the extremes of every pixel. */

import { shareOf } from "./axis.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {{x: number[], y: number[], gaps?: number[], isStepped?: boolean}} Trace `x` is strictly ascending, and so are the `gaps` in the curve;
 *   if it is stepped, a value holds until the next x
 * @typedef {(number | null | undefined)[]} Column undefined where a curve has no point, and null in a gap
 * @typedef {{shares: number[], ys: Column[]}} Columns positions along the x axis, and the values of each trace there
 */

/**
 * @param {Trace[]} traces
 * @param {Axis} axis of x; what is outside is cut off
 * @param {number} samples the pixels of the axis
 * @returns {Columns} at most two points per pixel and trace
 */
export function columnsOf(traces, axis, samples) {
  const inside = traces.map((trace) => clipped(trace, axis));
  const xs = commonX(inside, 2 * samples);
  if (xs) return { shares: xs.map((x) => shareOf(x, axis)), ys: inside.map((trace) => aligned(trace, xs)) };
  const shares = Array.from({ length: 2 * samples }, (_, at) => (at + 0.5) / (2 * samples));
  return { shares, ys: inside.map((trace) => sampled(trace, axis, samples)) };
}

/** @param {Trace} trace @param {Axis} axis @returns {Trace} cut at the ends of the axis, with the values there */
function clipped(trace, { low, high }) {
  const { x, y } = trace;
  if (x.length === 0 || (x[0] >= low && x[x.length - 1] <= high)) return trace;
  const [from, to] = [indexOf(x, low), indexAfter(x, high)];
  const [before, after] = [from > 0 && x[from] !== low, to < x.length && x[to - 1] !== high];
  const cut = { x: x.slice(from, to), y: y.slice(from, to), gaps: trace.gaps?.filter((at) => at >= low && at <= high) };
  if (before && from < x.length) {
    cut.x.unshift(low);
    cut.y.unshift(between(trace, from, low));
  }
  if (after && to > 0) {
    cut.x.push(high);
    cut.y.push(between(trace, to, high));
  }
  return cut;
}

/** @param {Trace} trace @param {number} index of the first point after `at` @param {number} at @returns {number} the height of the curve */
function between({ x, y, isStepped }, index, at) {
  if (isStepped) return y[index - 1];
  const share = shareOf(at, { low: x[index - 1], high: x[index], kind: "linear" });
  return y[index - 1] * (1 - share) + y[index] * share;
}

/** @param {number[]} ascending @param {number} value @returns {number} index of the first number that is not smaller; the length if there is none */
export function indexOf(ascending, value) {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** @param {number[]} ascending @param {number} value @returns {number} index of the first number that is greater */
export function indexAfter(ascending, value) {
  const index = indexOf(ascending, value);
  return ascending[index] === value ? index + 1 : index;
}

/** @param {Trace[]} traces @param {number} most @returns {number[] | null} every x, ascending; null if there are more than `most` */
function commonX(traces, most) {
  const xs = new Set();
  let before = /** @type {number[]} */ ([]);
  for (const { x, gaps = [] } of traces) {
    if (x.length > most) return null;
    for (const value of gaps) xs.add(value);
    if (isSame(x, before)) continue;
    for (const value of x) xs.add(value);
    if (xs.size > most) return null;
    before = x;
  }
  return [...xs].sort((a, b) => a - b);
}

/** @param {number[]} a @param {number[]} b */
function isSame(a, b) {
  return a === b || (a.length === b.length && a.every((value, index) => value === b[index]));
}

/** @param {Trace} trace @param {number[]} xs @returns {Column} */
function aligned({ x, y, gaps = [] }, xs) {
  if (x.length === xs.length) return y;
  let [index, gap] = [0, 0];
  return xs.map((value) => {
    while (gap < gaps.length && gaps[gap] < value) gap += 1;
    if (x[index] === value) return y[index++];
    return gaps[gap] === value ? null : undefined;
  });
}

/** @param {Trace} trace @param {Axis} axis @param {number} samples @returns {Column} the lowest and the highest y of each pixel, in their order */
function sampled({ x, y }, axis, samples) {
  const column = /** @type {Column} */ (Array(2 * samples).fill(undefined));
  for (let index = 0; index < x.length; ) {
    const sample = sampleAt(x[index], axis, samples);
    let [low, high] = [index, index];
    for (index += 1; index < x.length && sampleAt(x[index], axis, samples) === sample; index += 1) {
      if (y[index] < y[low]) low = index;
      if (y[index] > y[high]) high = index;
    }
    column[2 * sample] = y[Math.min(low, high)];
    if (low !== high) column[2 * sample + 1] = y[Math.max(low, high)];
  }
  return column;
}

/** @param {number} x @param {Axis} axis @param {number} samples */
function sampleAt(x, axis, samples) {
  return Math.max(0, Math.min(samples - 1, Math.floor(shareOf(x, axis) * samples)));
}
