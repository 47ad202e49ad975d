// @ts-check
/** Reads the fields of events, which may have any fields. */

const MAX_NAMES = 20_000;
const MAX_CELLS = 500_000; // of a table, so that building it takes less than a second
const MIN_COLUMNS = 100;

/**
 * Return the field at a path. Only own properties count, so that a key such as "constructor" is a key like any other.
 * @param {any} value
 * @param {string} [path] such as "loss" or "values.loss"
 * @returns {any} undefined if there is none, and without a path
 */
export function valueAt(value, path) {
  if (typeof value !== "object" || value === null || path === undefined) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  const dot = path.indexOf(".");
  const name = path.slice(0, Math.max(0, dot));
  return dot > 0 && Object.hasOwn(value, name) ? valueAt(value[name], path.slice(dot + 1)) : undefined;
}

/** Resolve a path once, for many values. @param {string} path @returns {(value: any) => any} like `valueAt` */
export function fieldOf(path) {
  if (path.includes(".")) return (value) => valueAt(value, path);
  return (value) => (typeof value === "object" && value !== null && Object.hasOwn(value, path) ? value[path] : undefined);
}

/** @param {unknown} field @returns {string | null} text, a number, true or false as a name; null for anything else */
export function nameOf(field) {
  return ["string", "number", "boolean"].includes(typeof field) ? String(field) : null;
}

/** @param {any} value @param {string} [path] @returns {string | null} the name at a path */
export function nameAt(value, path) {
  return nameOf(valueAt(value, path));
}

/** @param {any} value @param {string} [path] @returns {number | null} the number at a path; null for anything else */
export function numberAt(value, path) {
  return numberOf(valueAt(value, path));
}

/** @param {any} value @param {number | string} [option] a number, or the path of one @returns {number | null} */
export function numberFor(value, option) {
  return typeof option === "string" ? numberAt(value, option) : numberOf(option);
}

/** @param {unknown} field @returns {number | null} */
export function numberOf(field) {
  return typeof field === "number" && Number.isFinite(field) ? field : null;
}

/** @param {string} path @returns {string} "values.loss" → "loss" */
export function lastPart(path) {
  return path.slice(path.lastIndexOf(".") + 1);
}

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
