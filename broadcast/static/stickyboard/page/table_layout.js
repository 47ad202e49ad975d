// @ts-check
/** Widths of a table's columns and the height of its rows, so that they do not change while the user scrolls. */

const [LETTER_EM, WIDE_LETTER_EM] = [0.62, 1];
const HEAD = 0.857; // size of the heading's letters
const PADDING_EM = 1.2;
const [MIN_EM, MAX_EM] = [3, 24];
const NAMES = 0.4; // of the width, at most for the first column of a table that scrolls
const MIN_SCALE = 0.7; // of the letters, below which the table scrolls instead
const [ROW_EM, BAR_ROW_EM, MOST_ROW_EM] = [1.95, 2.3, 8];
const NARROW = /^[\x20-\u02ff\u2070-\u209f–×…]*$/;

/** @param {string} text @returns {number} its width in em, at most that of the widest column */
export function widthOf(text) {
  return Math.min(MAX_EM, text.length * (NARROW.test(text) ? LETTER_EM : WIDE_LETTER_EM));
}

/** @param {string} title @param {boolean} isBroken whether it may have several lines */
function headWidthOf(title, isBroken) {
  const lines = isBroken ? title.split(" ") : [title];
  return HEAD * Math.max(...lines.map(widthOf)) + 0.8; // room for the arrow
}

/**
 * @param {string[]} titles
 * @param {number[]} cells widest cell of each column, in em
 * @param {boolean[]} bars whether each column has bars; these columns have one width and take the room that is left
 * @param {number} availableEm
 * @returns {{shares: number[], scale: number, widthEm: number}} of the table's width, of the letters' size; the table
 *   is wider than its frame if it scrolls
 */
export function columnsOf(titles, cells, bars, availableEm) {
  const [whole, broken] = [false, true].map((isBroken) => needsOf(titles, cells, bars, isBroken));
  const needs = sumOf(whole) <= availableEm ? whole : broken;
  // The first column, whose names are cut in the middle, leaves room for the others.
  if (needs.length > 1 && sumOf(needs) * MIN_SCALE > availableEm) needs[0] = Math.min(needs[0], Math.max(MIN_EM, NAMES * availableEm));
  const need = sumOf(needs);
  const fits = availableEm / need;
  const scale = fits >= MIN_SCALE ? Math.min(1, fits) : 1;
  const left = Math.max(0, availableEm - need);
  const taking = bars.includes(true) ? bars : needs.map(() => true);
  const part = sumOf(needs.filter((_, index) => taking[index]));
  const widths = needs.map((each, index) => each + (taking[index] ? (left * each) / part : 0));
  const total = sumOf(widths);
  return { shares: widths.map((each) => each / total), scale, widthEm: fits >= MIN_SCALE ? availableEm : need };
}

/** @param {string[]} titles @param {number[]} cells @param {boolean[]} bars @param {boolean} isBroken */
function needsOf(titles, cells, bars, isBroken) {
  const needs = titles.map((title, index) => Math.max(MIN_EM, Math.max(cells[index], headWidthOf(title, isBroken)) + PADDING_EM));
  const most = Math.max(0, ...needs.filter((_, index) => bars[index]));
  return needs.map((need, index) => (bars[index] ? most : need));
}

/** @param {number[]} numbers */
function sumOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/**
 * @param {number} emPx
 * @param {boolean} hasBars without them, a table would be harder to read if its rows were far apart
 * @param {number} roomPx for a row, if all rows share the height of the table
 * @returns {number} height of a row in whole pixels
 */
export function rowHeightOf(emPx, hasBars, roomPx) {
  if (!hasBars) return Math.ceil(ROW_EM * emPx);
  return Math.max(Math.ceil(BAR_ROW_EM * emPx), Math.floor(Math.min(MOST_ROW_EM * emPx, roomPx || 0)));
}
