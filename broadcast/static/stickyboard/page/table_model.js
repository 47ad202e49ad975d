// @ts-check
/** The data of a table: its rows in order, and its cells as values and as texts. Nothing here touches the page. */

import { lastPart, valueAt } from "./fields.js";
import { byName, formatted, preciseText } from "./format.js";
import { valueText } from "./safe_text.js";

/**
 * @typedef {string | number | boolean | null} Cell
 * @typedef {{id: string, type: string, key: string, revision?: number, value: any}} Row `type` is the title of its event type
 * @typedef {object} Column
 * @property {string} title
 * @property {"field" | "key" | "type" | "json"} of what it shows of a row
 * @property {string} field path; "" unless it is a field
 * @property {string} [format] of numbers
 * @property {"left" | "right"} [align] numbers are at the right without it
 * @property {"min" | "max"} [best]
 * @property {"linear" | "log" | "auto"} [bar]
 * @typedef {{column: string, isDescending: boolean}} Sort by the id of a column
 * @typedef {{caption: string, columns: Column[], rows: Row[], sort: Sort | null, hasFilter: boolean, isWrapped: boolean,
 *   hidden: string}} TableModel `sort` is the order at first; null for that of `rows`. The texts of a wrapped table are
 *   not cut at the width of their columns
 */

// Beyond this ratio, most bars on a linear scale would be too short to see.
const MAX_RATIO = 100;
const MAX_TEXT = 400;
const SAMPLE = 500; // rows whose cells determine the alignment
const STEP = 8; // rows by which the window moves, so that not every row that is scrolled causes a paint

/** @param {Column} column @returns {string} */
export function idOf({ of, field }) {
  return `${of}:${field}`;
}

/** @param {Row} row @param {Column} column @returns {Cell} */
export function cellOf(row, { of, field }) {
  if (of === "field") return cellIn(valueAt(row.value, field));
  return of === "json" ? JSON.stringify(row.value) : row[of];
}

/** @param {unknown} value @returns {Cell} lists and objects as JSON; null if there is none */
export function cellIn(value) {
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return /** @type {Cell | undefined} */ (value) ?? null;
}

/** @param {string} path @returns {string} a heading: "values.size_bytes" → "size bytes" */
export function titleOf(path) {
  return lastPart(path).replaceAll("_", " ");
}

/** @param {Cell} cell @param {string} [format] of numbers; six significant digits without one @returns {string} for people */
export function cellText(cell, format) {
  if (cell === null) return "–";
  if (typeof cell === "number") return format === undefined ? preciseText(cell) : formatted(cell, format);
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return valueText(cell.length > MAX_TEXT ? `${cell.slice(0, MAX_TEXT)}…` : cell);
}

/** @param {Row[]} rows @param {Column[]} columns @returns {boolean[]} whether each column is aligned right */
export function alignmentOf(rows, columns) {
  const sample = rows.slice(0, SAMPLE);
  return columns.map((column) => {
    if (column.align) return column.align === "right";
    const cells = sample.map((row) => cellOf(row, column)).filter((cell) => cell !== null);
    return cells.length > 0 && cells.every((cell) => typeof cell === "number");
  });
}

/**
 * @param {Row[]} rows
 * @param {Column[]} columns
 * @param {string} text
 * @returns {Row[]} those that contain the text in any column, in upper or lower case
 */
export function filtered(rows, columns, text) {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return rows;
  return rows.filter((row) => columns.some((column) => String(cellOf(row, column) ?? "").toLowerCase().includes(wanted)));
}

/**
 * @param {Row[]} rows
 * @param {Column | undefined} column
 * @param {boolean} isDescending
 * @returns {Row[]} in order, equal ones as before; numbers before text, and rows without a value at the end
 */
export function sorted(rows, column, isDescending) {
  if (!column) return rows;
  const keyed = rows.map((row) => ({ row, cell: cellOf(row, column) }));
  const sign = isDescending ? -1 : 1;
  keyed.sort(({ cell: a }, { cell: b }) => {
    if (typeof a === "number" && typeof b === "number") return sign * (a > b ? 1 : a < b ? -1 : 0);
    return rankOf(a) - rankOf(b) || sign * byName(String(a), String(b));
  });
  return keyed.map(({ row }) => row);
}

/** @param {Cell} cell */
function rankOf(cell) {
  return cell === null ? 2 : typeof cell === "number" ? 0 : 1;
}

/**
 * Return what a click on a header changes the order to: the likelier direction, then the other one, then none.
 * @param {Sort | null} sort
 * @param {string} column its id
 * @param {boolean} isDescendingFirst
 * @returns {Sort | null}
 */
export function nextSort(sort, column, isDescendingFirst) {
  if (sort?.column !== column) return { column, isDescending: isDescendingFirst };
  return sort.isDescending === isDescendingFirst ? { column, isDescending: !isDescendingFirst } : null;
}

/** @param {Column} column @param {boolean} isNumeric @returns {boolean} whether large values are of more interest than small ones */
export function isDescendingFirst({ best }, isNumeric) {
  return best ? best === "max" : isNumeric;
}

/** @param {(Cell)[]} cells @param {"min" | "max"} [best] @returns {number | null} null if there are not two numbers to compare */
export function bestOf(cells, best) {
  const numbers = cells.filter((cell) => typeof cell === "number");
  if (!best || numbers.length < 2) return null;
  return numbers.reduce((a, b) => ((best === "min" ? b < a : b > a) ? b : a));
}

/** @typedef {{isLogarithmic: boolean, low: number, high: number}} BarScale */

/** @param {Cell[]} cells @param {"linear" | "log" | "auto"} bar @returns {BarScale} of in-cell bars; only positive numbers have one */
export function barScaleOf(cells, bar) {
  let [least, most] = [Infinity, 0];
  for (const cell of cells) {
    if (typeof cell !== "number" || cell <= 0) continue;
    [least, most] = [Math.min(least, cell), Math.max(most, cell)];
  }
  const isLogarithmic = most > 0 && (bar === "log" || (bar === "auto" && most / least > MAX_RATIO));
  if (!isLogarithmic) return { isLogarithmic, low: 0, high: most };
  return { isLogarithmic, low: Math.floor(Math.log10(least)) - 0.25, high: Math.ceil(Math.log10(most)) };
}

/** @param {BarScale} scale @param {Cell} cell @returns {number} share of the bar's length, 0 to 1 */
export function barShareOf({ isLogarithmic, low, high }, cell) {
  if (typeof cell !== "number" || cell <= 0) return 0;
  return isLogarithmic ? (Math.log10(cell) - low) / (high - low) : cell / high;
}

/**
 * Choose the rows that are built: those in view, and some around them, so that scrolling does not show gaps.
 * @param {number} scrolledPx
 * @param {number} viewPx
 * @param {number} rowPx
 * @param {number} rows
 * @returns {{first: number, end: number}}
 */
export function windowOf(scrolledPx, viewPx, rowPx, rows) {
  const inView = Math.ceil(viewPx / rowPx) + 1;
  const at = Math.max(0, Math.min(rows - inView, Math.floor(scrolledPx / rowPx)));
  // A table that nobody has scrolled needs none above, and fewer below.
  const around = scrolledPx > 0 ? Math.ceil(inView / 2) : 0;
  const first = Math.max(0, Math.floor((at - around) / STEP) * STEP);
  return { first, end: Math.min(rows, Math.ceil((at + inView + around) / STEP) * STEP) };
}

/**
 * Choose the element of each row: the one it has, or, if most rows are new, the one at its place. That one changes its
 * texts and does not move, which costs the browser a fraction of a new element.
 * @param {string[]} ids of rows
 * @param {Map<string, number>} before elements by row, in the order of the page
 * @returns {Map<string, number>}
 */
export function elementsOf(ids, before) {
  const [places, isKnown] = [[...before.values()], (/** @type {string} */ id) => before.has(id)];
  let next = Math.max(-1, ...places) + 1;
  if (ids.filter(isKnown).length * 2 < ids.length) return new Map(ids.map((id, place) => [id, places[place] ?? next++]));
  return new Map(ids.map((id) => [id, before.get(id) ?? next++]));
}
