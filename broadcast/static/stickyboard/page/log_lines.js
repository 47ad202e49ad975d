// @ts-check
/** Lines of a log: their levels, and which of them are shown. */

import { byName } from "./format.js";

/**
 * @typedef {{id: string, atS: number | null, level: string, title: string, text: string}} Line `atS` is null if it is unknown
 * @typedef {{level: string, text: string}} Filter each is "" for all
 */

/** By rank. Levels of one rank look alike. */
const LEVELS = [["trace", "debug"], ["info", "notice"], ["warn", "warning"], ["err", "error", "critical", "fatal", "alert", "emergency"]];
const MAX_LEVELS = 20;

/** @param {string} level in any case @returns {number} 0 to 3, or -1 for another word */
export function rankOf(level) {
  return LEVELS.findIndex((words) => words.includes(level.toLowerCase()));
}

/** @param {Line[]} lines @returns {string[]} their levels, the least severe first; other words follow */
export function levelsOf(lines) {
  const rank = (/** @type {string} */ level) => (rankOf(level) + LEVELS.length + 1) % (LEVELS.length + 1);
  const levels = [...new Set(lines.map(({ level }) => level))].filter(Boolean);
  return levels.slice(0, MAX_LEVELS).sort((a, b) => rank(a) - rank(b) || byName(a, b));
}

/** @param {Line[]} lines @param {Filter} filter a level includes those that are more severe @returns {Line[]} */
export function matching(lines, { level, text }) {
  const [rank, words] = [rankOf(level), text.toLowerCase()];
  const isShown = (/** @type {Line} */ line) => level === "" || line.level === level || (rank >= 0 && rankOf(line.level) >= rank);
  const contains = (/** @type {Line} */ line) => words === "" || `${line.level} ${line.title} ${line.text}`.toLowerCase().includes(words);
  return lines.filter((line) => isShown(line) && contains(line));
}

/** @param {Line[]} lines @param {Line[]} before lines that were shown earlier @returns {Line[]} those that came after them */
export function newSince(lines, before) {
  const last = before.at(-1);
  // If the last one was evicted, its index is -1, and all lines are new.
  return last ? lines.slice(lines.map(({ id }) => id).lastIndexOf(last.id) + 1) : lines;
}
