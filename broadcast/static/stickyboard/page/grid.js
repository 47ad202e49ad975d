// @ts-check
/** Episodes by windows: the layout of the cells, and moving between them with keys. */

import { ARROW_STEPS } from "./cells.js";

const CELL_EM = { least: 1.1, roomy: 2, most: 7 };
const NAME_EM = { least: 5, gap: 0.6 };
const ROW_EM = 3.6;
const AXIS_EM = 1.5;
const AXIS_EVERY = 5;
const DIGIT_EM = 0.65;

/**
 * @typedef {{episode: string, window: number}} Place
 * @typedef {ReturnType<typeof layOut>} Layout
 * @typedef {import("./scenes/prediction.js").Row} Row
 * @typedef {Row & {first: number}} Seen `first` is the window of its first column
 */

/**
 * Divide the width: first all windows, in narrow cells if necessary, then as much of the names as fits.
 * @param {{rows: {length: number}, columns: number}} model
 * @param {{width: number, height: number}} size
 * @param {number} emPx
 * @param {number} longestPx width of the longest name
 */
export function layOut({ rows, columns: wanted }, { width, height }, emPx, longestPx) {
  // In whole letters, so that cells do not move when the longest name changes by one.
  const whole = Math.ceil(longestPx / emPx) + NAME_EM.gap;
  const least = Math.min(NAME_EM.least, whole);
  const fitting = Math.floor((width / emPx - least) / CELL_EM.least);
  const columns = Math.max(1, Math.min(wanted, fitting));
  const nameWidth = emPx * Math.max(least, Math.min(whole, width / emPx - columns * CELL_EM.roomy));
  const axisHeight = AXIS_EM * emPx;
  const cellWidth = Math.max(0, Math.min(CELL_EM.most * emPx, (width - nameWidth) / columns));
  const rowHeight = Math.max(0, Math.min(ROW_EM * emPx, (height - axisHeight) / Math.max(1, rows.length)));
  const xOf = (/** @type {number} */ column) => nameWidth + column * cellWidth;
  const yOf = (/** @type {number} */ row) => axisHeight + row * rowHeight;
  return { columns, nameWidth, axisHeight, cellWidth, rowHeight, xOf, yOf };
}

/**
 * Choose the first window of each row: the same for all, except for rows that would be more than half empty.
 * @param {number[]} lasts the newest window of each row
 * @param {number} columns
 * @returns {{firsts: number[], common: number}} `common` is the first window of most rows
 */
export function firstsOf(lasts, columns) {
  const newest = Math.max(0, Math.max(0, ...lasts) - columns + 1);
  const firsts = lasts.map((last) => (last >= newest + columns / 2 ? newest : Math.max(0, last - columns + 1)));
  const counts = new Map();
  for (const first of firsts) counts.set(first, (counts.get(first) ?? 0) + 1);
  const [[common] = [0]] = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  return { firsts, common };
}

/**
 * @param {number} first
 * @param {number} columns
 * @returns {number[]} the windows with a label above the grid, as many as have room
 */
export function ticksOf(first, columns) {
  const room = AXIS_EVERY * CELL_EM.least;
  const every = AXIS_EVERY * Math.ceil((String(first + columns).length * DIGIT_EM) / room);
  return Array.from({ length: columns }, (_, index) => first + index).filter((window) => window % every === 0);
}

/**
 * @param {{layout: Layout, rows: Seen[]}} drawn
 * @param {number} x @param {number} y
 * @returns {Place | null} the cell at a point
 */
export function placeAt({ layout: { nameWidth, axisHeight, cellWidth, rowHeight }, rows }, x, y) {
  const row = rows[Math.floor((y - axisHeight) / rowHeight)];
  const window = (row?.first ?? 0) + Math.floor((x - nameWidth) / cellWidth);
  return row?.cells.some((cell) => cell.window === window) ? { episode: row.episode, window } : null;
}

/**
 * Move from a cell to the next one in a direction, past missing windows.
 * @param {string} key
 * @param {Place | null} from
 * @param {Row[]} rows
 * @returns {Place | null | undefined} undefined for a key that does not move
 */
export function steppedTo(key, from, rows) {
  if (!Object.hasOwn(ARROW_STEPS, key)) return undefined;
  const [down, right] = ARROW_STEPS[key];
  const at = rows.findIndex(({ episode }) => episode === from?.episode);
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + (at < 0 ? 1 : down)))];
  if (!row || row.cells.length === 0) return from;
  const wanted = at < 0 ? row.cells[row.cells.length - 1].window : (from?.window ?? 0) + right;
  const ahead = row.cells.filter(({ window }) => right === 0 || (right > 0 ? window >= wanted : window <= wanted));
  const cells = ahead.length ? ahead : row.cells;
  const nearest = cells.reduce((best, cell) => (Math.abs(cell.window - wanted) < Math.abs(best.window - wanted) ? cell : best));
  return { episode: row.episode, window: nearest.window };
}
