// @ts-check
/** Ticks of an axis between any two numbers, and positions along it. The work is bounded for any input. */

import { digitsText, numberText } from "./format.js";

/**
 * @typedef {{share: number, text: string}} Tick `share` is the position along the axis, 0 to 1
 */

const SPACE_EM = 5; // between ticks
const MAX_TICKS = 40;
const LETTER_EM = 0.6;
const GAP_EM = 1;
const EDGE_EM = 2; // by which a label may extend beyond the axis
const MAX_DIGITS = 17; // enough to distinguish any two numbers
const STEPS = [1, 2, 2.5, 5, 10];

/**
 * @param {number} value between `left` and `right`
 * @param {number} left
 * @param {number} right greater than `left`
 * @returns {number} 0 at `left`, 1 at `right`
 */
export function shareOf(value, left, right) {
  const span = right - left;
  const share = Number.isFinite(span) ? (value - left) / span : (value / 2 - left / 2) / (right / 2 - left / 2);
  return Math.max(0, Math.min(1, share));
}

/** @param {number} share @param {number} left @param {number} right @returns {number} the inverse of `shareOf` */
export function valueAt(share, left, right) {
  return left * (1 - share) + right * share;
}

/**
 * @param {number} left
 * @param {number} right
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

/** @param {number} least @returns {number} the smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not smaller */
function roundStep(least) {
  if (least < Number.MIN_VALUE * 1e10) return Math.max(least, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(least));
  return Math.min(Number.MAX_VALUE, power * (STEPS.find((step) => step * power >= least) ?? 10));
}

/** @param {number[]} values @returns {string[]} with as few digits as make them distinct */
export function tickTexts(values) {
  const texts = values.map(numberText);
  for (let digits = 4; digits <= MAX_DIGITS && new Set(texts).size < values.length; digits += 1) {
    values.forEach((value, index) => (texts[index] = digitsText(value, digits)));
  }
  return texts;
}

/**
 * @param {number} left
 * @param {number} right
 * @param {number} lengthEm of the axis
 * @returns {Tick[]} those whose labels have room; none if only one has
 */
export function axisTicks(left, right, lengthEm) {
  for (let most = Math.max(1, Math.min(MAX_TICKS, Math.floor(lengthEm / SPACE_EM))); most >= 1; most = Math.floor(most / 2)) {
    const values = ticksBetween(left, right, most);
    const texts = tickTexts(values);
    const all = values.map((value, index) => ({ share: shareOf(value, left, right), text: texts[index] }));
    const inside = all.filter((tick) => isInside(tick, lengthEm));
    if (inside.length > 1 && inside.every((tick, index) => index === 0 || areApart(inside[index - 1], tick, lengthEm))) return inside;
  }
  return [];
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
