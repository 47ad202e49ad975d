// @ts-check
/** What a scene does not show: one sentence, with the numbers, for all scenes. */

import { countText, plural } from "./format.js";
import { isolated } from "./text.js";

const MOST_NAMES = 12;

/**
 * @param {number} shown
 * @param {number} all
 * @param {string} one @param {string} [many]
 * @returns {string} "64 of 300 models", or "" where all are shown
 */
export function partOf(shown, all, one, many) {
  return shown < all ? `${countText(shown)} of ${plural(all, one, many)}` : "";
}

/**
 * @param {string[]} parts what `partOf` says
 * @param {string} how to see the rest, as a sentence
 * @returns {string} "Shown: 12 of 15 episodes, 40 of 80 windows. The table has all.", or ""
 */
export function hiddenText(parts, how) {
  const hidden = parts.filter(Boolean);
  return hidden.length === 0 ? "" : `Shown: ${hidden.join(", ")}. ${how}`;
}

/** @param {string[]} names @returns {string} "a, b", of very many the first and how many follow */
export function namesText(names) {
  const listed = names.slice(0, MOST_NAMES).map(isolated).join(", ");
  return names.length > MOST_NAMES ? `${listed} and ${countText(names.length - MOST_NAMES)} more` : listed;
}
