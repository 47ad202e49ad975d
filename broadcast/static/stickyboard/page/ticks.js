// @ts-check
/** Ticks of an axis. The work is bounded for any input. */

import { roundStep, shareOf } from "./axis.js";
import { digitsText, formatted, numberText } from "./format.js";
import { timeTicks } from "./times.js";

/** @typedef {{share: number, text: string}} Tick `share` is the position along the axis, 0 to 1 */

const SPACE_EM = 5; // between ticks
const ROW_EM = 2.4; // between ticks of a vertical axis
const MAX_TICKS = 40;
const LETTER_EM = 0.6;
const GAP_EM = 1;
const EDGE_EM = 2; // by which a label may extend beyond the axis
const MAX_DIGITS = 17; // enough to distinguish any two numbers

/**
 * @param {number} left
 * @param {number} right greater than `left`
 * @param {number} most at least 1
 * @returns {number[]} at most `most` + 1 round numbers from `left` to `right`, ascending
 */
export function ticksBetween(left, right, most) {
  // Halved if the distance overflows.
  if (!Number.isFinite(right - left)) return ticksBetween(left / 2, right / 2, most).map((half) => half * 2);
  const step = roundStep((right - left) / most);
  const first = Math.ceil(left / step);
  const ticks = [];
  // A counter, because adding a small step to a large number may not change it.
  for (let count = 0; count <= most; count += 1) {
    const tick = (first + count) * step + 0; // never -0
    if (tick >= left && tick <= right && tick > (ticks.at(-1) ?? -Infinity)) ticks.push(tick);
  }
  return ticks;
}

/**
 * @param {number} low
 * @param {number} high greater than `low`; both positive
 * @param {number} most at least 1
 * @returns {number[]} powers of ten, with their multiples by 2 and 5 if there is room; round numbers within less than a decade
 */
export function logTicks(low, high, most) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Math.log10(high) - Math.log10(low);
  const every = Math.max(1, Math.ceil(decades / most));
  const factors = 3 * decades <= most || decades < 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = Math.ceil(first / every) * every; power <= last; power += every) {
    ticks.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  }
  const inside = ticks.filter((tick) => tick >= low && tick <= high && tick > 0);
  return inside.length > 1 ? inside : ticksBetween(low, high, most);
}

/** @param {number[]} values @param {string} [format] whose unit they have @returns {string[]} with as few digits as make them distinct */
export function tickTexts(values, format = "") {
  const hasUnit = format !== "" && !format.endsWith("f");
  const formats = hasUnit ? values.map((value) => formatted(value, format)) : [];
  if (hasUnit && new Set(formats).size === values.length) return formats;
  const texts = values.map(numberText);
  for (let digits = 4; digits <= MAX_DIGITS && new Set(texts).size < values.length; digits += 1) {
    values.forEach((value, index) => (texts[index] = digitsText(value, digits)));
  }
  return texts;
}

/** @param {Axis} axis @param {number} most @param {string} [format] @returns {Tick[]} */
function ticksOf(axis, most, format) {
  const { low, high, kind } = axis;
  if (kind === "time") return timeTicks(low, high, most).map(({ at, text }) => ({ share: shareOf(at, axis), text }));
  const values = kind === "log" ? logTicks(low, high, most) : ticksBetween(low, high, most);
  const texts = tickTexts(values, format);
  return values.map((value, index) => ({ share: shareOf(value, axis), text: texts[index] }));
}

/**
 * @param {Axis} axis
 * @param {number} lengthEm of the axis
 * @returns {Tick[]} of a horizontal axis: those whose labels have room; none if only one has
 */
export function axisTicks(axis, lengthEm) {
  for (let most = mostIn(lengthEm, SPACE_EM); most >= 1; most = Math.floor(most / 2)) {
    const inside = ticksOf(axis, most).filter((tick) => isInside(tick, lengthEm));
    if (inside.length > 1 && inside.every((tick, index) => index === 0 || areApart(inside[index - 1], tick, lengthEm))) return inside;
  }
  return [];
}

/** @param {Axis} axis @param {number} lengthEm @param {string} [format] @returns {Tick[]} of a vertical axis */
export function verticalTicks(axis, lengthEm, format) {
  return ticksOf(axis, mostIn(lengthEm, ROW_EM), format);
}

/** @template Item @param {Item[]} all @param {number} lengthEm of a vertical axis @returns {Item[]} every nth, so that they have room, up to the last */
export function thinned(all, lengthEm) {
  const stride = Math.ceil((all.length - 1) / Math.max(1, mostIn(lengthEm, ROW_EM) - 1));
  return all.filter((_, index) => (all.length - 1 - index) % Math.max(1, stride) === 0);
}

/** @template Item @param {Item[]} items @param {number} most above 1 @returns {Item[]} evenly chosen, with the first and the last */
export function evenly(items, most) {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, index) => items[Math.round((index * (items.length - 1)) / (most - 1))]);
}

/** @param {number} lengthEm @param {number} spaceEm */
function mostIn(lengthEm, spaceEm) {
  return Math.max(1, Math.min(MAX_TICKS, Math.floor(lengthEm / spaceEm)));
}

/** @param {Tick} tick @param {number} lengthEm */
function isInside({ share, text }, lengthEm) {
  return (text.length * LETTER_EM) / 2 <= EDGE_EM + Math.min(share, 1 - share) * lengthEm;
}

/** @param {Tick} before @param {Tick} after @param {number} lengthEm */
function areApart(before, after, lengthEm) {
  const letters = (before.text.length + after.text.length) / 2;
  return (after.share - before.share) * lengthEm >= letters * LETTER_EM + GAP_EM;
}
