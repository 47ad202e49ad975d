// @ts-check
/** The columns of events that may have any fields. Pure, and bounded for any events. */

const MOST_COUNTED = 20_000;
const MOST_CELLS = 500_000; // of a table, so that it is made in a moment
const LEAST_COLUMNS = 100;

/**
 * @param {Iterable<string[]>} rows the names of each row's fields
 * @returns {string[]} all different ones, in the order in which they are met; of very many the first
 */
export function namesOf(rows) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const row of rows) {
    for (const name of row) names.add(name);
    if (names.size > MOST_COUNTED) break;
  }
  return [...names];
}

/** @param {number} rows @returns {number} how many columns a table of so many rows has at most */
export function mostColumns(rows) {
  return Math.max(LEAST_COLUMNS, Math.floor(MOST_CELLS / Math.max(1, rows)));
}
