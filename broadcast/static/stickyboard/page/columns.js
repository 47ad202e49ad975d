// @ts-check
/** Brings curves to one common x, as a chart needs them: every point, or the extremes of every pixel. */

import { shareOf } from "./axis.js";

/**
 * @typedef {ArrayLike<number>} Numbers
 * @typedef {{x: Numbers, y: Numbers, isStepped?: boolean}} Trace `x` is strictly ascending, `y` is NaN in a gap; if it is stepped, a value holds until the next x
 * @typedef {{shares: Float64Array, ys: Float64Array[], versions: number[], traces: Trace[],
 *   axis: Axis, isSampled: boolean}} Columns positions along the x axis, and the values of each trace there, NONE, or GAP;
 *   the version of a trace's values changes with them
 */

/** The curve goes on from the value before to the value after. */
export const NONE = NaN;
/** The curve is interrupted. */
export const GAP = Infinity;
let version = 0;
const MAX_EXACT = 20_000; // points, above which aligning every one is too slow

/**
 * @param {Trace[]} traces
 * @param {Axis} axis of x; what is outside is cut off
 * @param {number} samples the pixels of the axis
 * @param {Columns} [before] the columns of the last paint, whose arrays are used again
 * @returns {Columns} at most two points per pixel and trace
 */
export function columnsOf(traces, axis, samples, before) {
  const xs = commonX(traces, axis, 2 * samples);
  if (!xs) return sampledColumns(traces, axis, samples, before);
  return { shares: Float64Array.from(xs, (x) => shareOf(x, axis)), ys: traces.map((trace) => aligned(clipped(trace, axis), xs)), versions: traces.map(() => (version += 1)), traces, axis, isSampled: false };
}

/** @param {Trace[]} traces @param {Axis} axis @param {number} samples @param {Columns} [before] @returns {Columns} */
function sampledColumns(traces, axis, samples, before) {
  const isSame = before?.isSampled && before.shares.length === 2 * samples;
  const shares = isSame ? before.shares : Float64Array.from({ length: 2 * samples }, (_, at) => (at + 0.5) / (2 * samples));
  const isSameAxis = isSame && before.axis.low === axis.low && before.axis.high === axis.high;
  const isKnown = (/** @type {number} */ index) => isSameAxis && before.traces[index]?.y === traces[index].y;
  const ys = traces.map((trace, index) => {
    const column = isSame && index < before.ys.length ? before.ys[index] : new Float64Array(2 * samples);
    return isKnown(index) ? column : sampled(clipped(trace, axis), axis, samples, column);
  });
  const versions = traces.map((_, index) => (isKnown(index) ? Number(before?.versions[index]) : (version += 1)));
  return { shares, ys, versions, traces, axis, isSampled: true };
}

/** @param {Trace} trace @param {Axis} axis @returns {Trace} cut at the ends of the axis, with the values there */
function clipped(trace, { low, high }) {
  const { x, y } = trace;
  if (x.length === 0 || (x[0] >= low && x[x.length - 1] <= high)) return trace;
  const [from, to] = [indexOf(x, low), indexAfter(x, high)];
  const [before, after] = [from > 0 && x[from] !== low, to < x.length && x[to - 1] !== high];
  const [xs, ys] = [x, y].map((column) => Array.prototype.slice.call(column, from, to));
  if (before && from < x.length) {
    xs.unshift(low);
    ys.unshift(between(trace, from, low));
  }
  if (after && to > 0) {
    xs.push(high);
    ys.push(between(trace, to, high));
  }
  return { x: xs, y: ys };
}

/** @param {Trace} trace @param {number} index of the first point after `at` @param {number} at @returns {number} the height of the curve */
function between({ x, y, isStepped }, index, at) {
  if (isStepped) return y[index - 1];
  const share = shareOf(at, { low: x[index - 1], high: x[index], kind: "linear" });
  return y[index - 1] * (1 - share) + y[index] * share;
}

/** @param {Numbers} ascending @param {number} value @returns {number} index of the first number that is not smaller; the length if there is none */
export function indexOf(ascending, value) {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** @param {Numbers} ascending @param {number} value @returns {number} index of the first number that is greater */
export function indexAfter(ascending, value) {
  const index = indexOf(ascending, value);
  return ascending[index] === value ? index + 1 : index;
}

/** @param {Trace[]} traces @param {Axis} axis @param {number} most @returns {number[] | null} every x, ascending; null if there are too many */
function commonX(traces, axis, most) {
  const isStepped = traces.some((trace) => trace.isStepped);
  const points = traces.reduce((sum, { x }) => sum + indexAfter(x, axis.high) - indexOf(x, axis.low), 0);
  if (points > MAX_EXACT && !isStepped) return null;
  const xs = new Set();
  for (const trace of traces) {
    const { x } = clipped(trace, axis);
    if (x.length > most) return null;
    for (let index = 0; index < x.length; index += 1) xs.add(x[index]);
    if (xs.size > most) return null;
  }
  return [...xs].sort((a, b) => a - b);
}

/** @param {Trace} trace @param {number[]} xs @returns {Float64Array} */
function aligned({ x, y }, xs) {
  let index = 0;
  return Float64Array.from(xs, (value) => (x[index] !== value ? NONE : Number.isNaN(y[index++]) ? GAP : y[index - 1]));
}

/** @param {Trace} trace @param {Axis} axis @param {number} samples @param {Float64Array} column @returns {Float64Array} the lowest and the highest y of each pixel, in their order */
function sampled({ x, y }, axis, samples, column) {
  const scale = samples / (axis.high - axis.low);
  const isPlain = axis.kind !== "log" && scale > 0;
  column.fill(NONE);
  let [sample, low, high, isGap] = [-1, -1, -1, false];
  for (let index = 0; index < x.length; index += 1) {
    const share = isPlain ? (x[index] - axis.low) * scale : shareOf(x[index], axis) * samples;
    const place = share >= samples ? samples - 1 : share > 0 ? Math.floor(share) : 0;
    if (place !== sample) {
      if (sample >= 0) put(column, sample, y, low, high, isGap);
      [sample, low, high, isGap] = [place, -1, -1, false];
    }
    const value = y[index];
    if (value !== value) isGap = true;
    else if (low < 0) low = high = index;
    else if (value < y[low]) low = index;
    else if (value > y[high]) high = index;
  }
  if (sample >= 0) put(column, sample, y, low, high, isGap);
  return column;
}

/** @param {Float64Array} column @param {number} sample @param {Numbers} y @param {number} low index of the lowest y, -1 if there is none @param {number} high @param {boolean} isGap */
function put(column, sample, y, low, high, isGap) {
  column[2 * sample] = low < 0 ? GAP : y[Math.min(low, high)];
  if (low !== high) column[2 * sample + 1] = y[Math.max(low, high)];
  else if (isGap && low >= 0) column[2 * sample + 1] = GAP;
}
