// @ts-check
/** Axes between any two numbers: linear, logarithmic, or of time. */

/**
 * @typedef {{low: number, high: number, kind: "linear" | "log" | "time"}} Axis `low` is less than `high`; both are
 *   positive on a logarithmic axis; seconds since 1970 on an axis of time
 * @typedef {{low: number, high: number}} Extent
 */

const ROUND = [1, 2, 2.5, 5, 10];
const STEPS = 4; // between nice ends
const FAR = 1000; // axis lengths, beyond which a point is drawn no farther away: canvases have no larger coordinates
const HALF_MINUTE_S = 30;

/** @param {number} value @param {Axis} axis @returns {number} position along the axis: 0 at `low`, 1 at `high` */
export function shareOf(value, axis) {
  const { low, high } = axis;
  if (isLog(axis)) return limited((Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low)));
  const span = high - low;
  return limited(Number.isFinite(span) && Number.isFinite(value - low) ? (value - low) / span : (value / 4 - low / 4) / (high / 4 - low / 4));
}

/** @param {Axis} axis @returns {(value: number) => number} like `shareOf`, for many values of one axis */
export function sharesOf(axis) {
  const { low, high } = axis;
  const logarithmic = isLog(axis);
  const [start, span] = logarithmic ? [Math.log10(low), Math.log10(high) - Math.log10(low)] : [low, high - low];
  if (!(span < 1e300 && Math.abs(start) < 1e300)) return (value) => shareOf(value, axis);
  return logarithmic ? (value) => limited((Math.log10(value) - start) / span) : (value) => limited((value - start) / span);
}

/** @param {number} share */
function limited(share) {
  return share >= -FAR ? Math.min(FAR, share) : -FAR; // NaN: a negative number on a logarithmic axis
}

/** @param {number} value @param {number} low @param {number} high @returns {number} 0 at or below `low`, 1 at or above `high` */
export function shareBetween(value, low, high) {
  return Math.max(0, Math.min(1, shareOf(value, { low, high, kind: "linear" })));
}

/** @param {number} share @param {Axis} axis @returns {number} the inverse of `shareOf` */
export function valueOf(share, axis) {
  const { low, high } = axis;
  if (isLog(axis)) return 10 ** (Math.log10(low) * (1 - share) + Math.log10(high) * share);
  return low * (1 - share) + high * share;
}

/** Within a thousandth, a logarithm is linear, and its differences would be rounding errors. @param {Axis} axis */
function isLog({ low, high, kind }) {
  return kind === "log" && high / low > 1.001;
}

/**
 * @param {Iterable<ArrayLike<number | undefined>>} columns
 * @returns {Extent | null} the least and the greatest number; null if there is none
 */
export function extentOf(columns) {
  let [low, high] = [Infinity, -Infinity];
  for (const column of columns) {
    for (let index = 0; index < column.length; index += 1) {
      const value = column[index];
      if (value === undefined || !Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? { low, high } : null;
}

/**
 * @param {Extent | null} extent of the data; on a logarithmic axis, what is not positive is ignored
 * @param {Axis["kind"]} kind
 * @param {boolean} [isNice] whether the ends are round numbers
 * @returns {Axis} never of length zero
 */
export function axisOf(extent, kind, isNice = false) {
  if (extent === null || (kind === "log" && extent.high <= 0)) return { low: kind === "log" ? 0.1 : 0, high: 1, kind };
  const wide = widened(kind === "log" ? positive(extent) : extent, kind);
  return { ...(isNice ? niceEnds(wide, kind) : wide), kind };
}

/** @param {Extent} extent @returns {Extent} */
function positive({ low, high }) {
  return { low: low > 0 ? low : Math.max(high / 1000, Number.MIN_VALUE), high };
}

/** @param {Extent} extent @param {Axis["kind"]} kind @returns {Extent} with some space around a single value */
function widened({ low, high }, kind) {
  if (low < high) return { low, high };
  if (kind === "log") return { low: Math.max(low / 2, Number.MIN_VALUE), high: Math.min(Number.MAX_VALUE, high * 2) };
  const half = kind === "time" ? Math.max(HALF_MINUTE_S, Math.abs(low) * 1e-9) : Math.abs(low) / 2 || 0.5;
  return { low: Math.max(-Number.MAX_VALUE, low - half), high: Math.min(Number.MAX_VALUE, high + half) };
}

/** @param {Extent} extent @param {Axis["kind"]} kind @returns {Extent} */
function niceEnds({ low, high }, kind) {
  if (kind === "log" && high / low >= 2) return { low: Math.min(low, roundDown(low)), high: Math.max(high, roundStep(high, [1, 2, 5, 10])) };
  const step = roundStep(high / STEPS - low / STEPS);
  const ends = { low: Math.min(low, Math.floor(low / step) * step), high: Math.max(high, Math.ceil(high / step) * step) };
  const isValid = Number.isFinite(ends.low) && Number.isFinite(ends.high) && (kind !== "log" || ends.low > 0);
  return isValid ? ends : { low, high };
}

/** @param {number} value positive @returns {number} the greatest of 1, 2 and 5 times a power of ten that is not greater */
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].map((factor) => factor * power).find((nice) => nice <= value && nice > 0) ?? value;
}

/** @param {number} least @param {number[]} [factors] @returns {number} the smallest of the factors times a power of ten that is not smaller */
export function roundStep(least, factors = ROUND) {
  if (least < Number.MIN_VALUE * 1e10) return Math.max(least, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(least));
  return Math.min(Number.MAX_VALUE, power * (factors.find((step) => step * power >= least) ?? 10));
}
