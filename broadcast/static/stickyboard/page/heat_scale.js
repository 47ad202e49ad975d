// @ts-check
/** The shades of numbers in cells, and their key. */

import { extentOf, shareBetween } from "./axis.js";
import { make, makeRow, setText } from "./dom.js";
import { formatted } from "./format.js";

const SHADES = 5;
const DARK_SHADES = 4; // from here on, text on a shade has the opposite colour

/** @typedef {[low: number, high: number]} Range */

/** @param {number[]} values @param {Range} [given] @returns {Range | null} the ends of the scale; null without a number */
export function rangeOf(values, given) {
  if (given) return given;
  const extent = extentOf([values]);
  return extent && [extent.low, extent.high];
}

/** @param {number} value @param {Range} range @returns {number} 1 to 5; values beyond the range have the shade of its end */
export function shadeOf(value, [low, high]) {
  const share = low < high ? shareBetween(value, low, high) : 0.5;
  return Math.min(SHADES, 1 + Math.floor(share * SHADES));
}

/** @param {number} shade @returns {string} the custom property of its colour */
export function shadeProperty(shade) {
  return `--heat-${shade}`;
}

/** @param {number} shade @returns {string} the custom property of the colour of text on it */
export function textOnShade(shade) {
  return shade < DARK_SHADES ? "--text" : "--on-series";
}

/** Build the key to the shades, as a row of small text. */
export function buildScale() {
  const { element: key, low, scale, high } = makeRow("p.cells-key", { low: "span", scale: "span.heat-scale[aria-hidden=true]", high: "span" });
  for (let shade = 1; shade <= SHADES; shade += 1) scale.append(make("span", `heat heat-${shade}`));
  return { key, low, high };
}

/** @param {ReturnType<typeof buildScale>} parts @param {string} name @param {Range | null} range @param {string} [format] */
export function paintScale({ low, high }, name, range, format) {
  const [first = "", last = ""] = (range ?? []).map((end) => formatted(end, format).replace(/\.0+(?!\d)/, ""));
  setText(low, `${name} ${first}`);
  setText(high, last);
}
