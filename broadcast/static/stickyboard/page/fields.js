// @ts-check
/** Columns for events that may have any fields, bounded for any number of events. */

const MAX_NAMES = 20_000;
const MAX_CELLS = 500_000; // of a table, so that building it takes less than a second
const MIN_COLUMNS = 100;

/**
 * @param {Iterable<string[]>} rows field names of each row
 * @returns {string[]} distinct names in the order of their first occurrence; only the first ones if there are very many
 */
export function namesOf(rows) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const row of rows) {
    for (const name of row) names.add(name);
    if (names.size > MAX_NAMES) break;
  }
  return [...names];
}

/** @param {number} rows @returns {number} maximum number of columns of a table with this many rows */
export function maxColumns(rows) {
  return Math.max(MIN_COLUMNS, Math.floor(MAX_CELLS / Math.max(1, rows)));
}
