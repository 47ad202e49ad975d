// @ts-check
/** A small curve without axes, as an SVG path. */

import { makeSvg } from "./dom.js";

const MAX_POINTS = 240;

/**
 * Reduce a series to shares of its own range. Of many values, the least and the greatest of each part remain.
 * @param {number[]} values
 * @returns {number[]} 0 for the least, 1 for the greatest; 0.5 if all are equal
 */
export function sharesOf(values) {
  const thinned = thin(values);
  const [low, high] = thinned.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  // Halved, because the distance of two finite numbers may be infinite.
  const span = high / 2 - low / 2;
  return thinned.map((value) => (span > 0 ? (value / 2 - low / 2) / span : 0.5));
}

/** @param {number[]} values @returns {number[]} */
function thin(values) {
  if (values.length <= MAX_POINTS) return values;
  const parts = MAX_POINTS / 2;
  return Array.from({ length: parts }).flatMap((_, part) => {
    const some = values.slice(Math.floor((part * values.length) / parts), Math.floor(((part + 1) * values.length) / parts));
    const [least, most] = [some.indexOf(Math.min(...some)), some.indexOf(Math.max(...some))];
    return [some[Math.min(least, most)], some[Math.max(least, most)]];
  });
}

/** @param {number[]} shares at least two @returns {string} the data of a path in a box of 100 by 100 */
export function pathOf(shares) {
  const step = 100 / (shares.length - 1);
  return shares.map((share, index) => `${index ? "L" : "M"}${(index * step).toFixed(2)} ${(100 - share * 100).toFixed(2)}`).join("");
}

/** @returns {{element: SVGElement, path: SVGElement}} hidden from screen readers */
export function buildSparkline() {
  const element = makeSvg("svg", { class: "sparkline", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  const path = makeSvg("path", { "vector-effect": "non-scaling-stroke" });
  element.append(path);
  return { element, path };
}
