// @ts-check
/** Rows of cells: their layout in one or more columns, the cell at a point, and moving between cells with keys. */

const GAP_EM = 1.75; // between columns
const NAME_EM = { least: 5, most: 16, gap: 0.6 };
const END_SHARE = 0.3; // of a column's width; a text that would be wider with its mark has none
const NARROW_PX = 2; // narrower cells are drawn, and found, with this width
const MIN_GAP = { cellPx: 4, most: 2, share: 0.1 };
const ROW_GAP = { most: 4, share: 0.15 };
/** Rows down and cells to the right, for each key. @type {Record<string, [down: number, right: number]>} */
const STEPS = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -Infinity], End: [0, Infinity],
};

/**
 * @typedef {{id: number, start: number, end: number}} Cell covers its row from `start` to `end`, in units of the row;
 *   `id` is unique in the row
 */

/**
 * @template {Cell} [C=Cell]
 * @typedef {{key: string, name: string, cells: C[], first?: number, lead?: string, end?: string, isMarked?: boolean}} Row
 *   cells ascend; `first` is the unit at the left edge, `lead` a text beside the name, and `end` one behind the cells
 */

/**
 * @typedef {{key: string, id: number}} Place of a cell, by the key of its row and its own id
 *
 * @typedef {object} Shape sizes in em
 * @property {number} leastRow rows that would be lower are not drawn
 * @property {number} mostRow
 * @property {number} leastCell units that would be narrower are not drawn
 * @property {number} mostCell
 * @property {number} roomyCell a name may be long if cells still have this width
 * @property {number} bodyShare of a column's width that no name takes
 * @property {number} leastColumn the width of a column, if rows have several
 *
 * @typedef {ReturnType<typeof layOut>} Layout
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

/**
 * @param {{rows: number, units: number, namePx: number, endPx?: number, markPx?: number, headEm?: number, footEm?: number}} wanted
 *   `namePx` is the width of the longest name, `endPx` that of the longest text behind a row, `markPx` that of its mark,
 *   and the others are heights
 * @param {{width: number, height: number}} size
 * @param {number} emPx
 * @param {Shape} shape
 */
export function layOut({ rows: all, units: wanted, namePx, endPx = 0, markPx = 0, headEm = 0, footEm = 0 }, { width, height }, emPx, shape) {
  const gap = GAP_EM * emPx;
  const headPx = headEm * emPx;
  const body = Math.max(0, height - headPx - footEm * emPx);
  const fitting = Math.max(1, Math.floor(body / (shape.leastRow * emPx)));
  const mostColumns = Math.max(1, Math.floor((width + gap) / (shape.leastColumn * emPx + gap)));
  const columns = Math.min(mostColumns, Math.max(1, Math.ceil(all / fitting)));
  const rows = Math.min(all, columns * fitting);
  const perColumn = Math.max(1, Math.ceil(rows / columns));
  const rowHeight = Math.min(shape.mostRow * emPx, body / perColumn);
  const columnWidth = Math.max(0, width - (columns - 1) * gap) / columns;
  const hasMark = endPx + markPx <= END_SHARE * columnWidth;
  const endWidth = Math.min(endPx + (hasMark ? markPx : 0), END_SHARE * columnWidth);
  const { nameWidth, units, cellWidth } = divided(columnWidth, wanted, namePx, endWidth, emPx, shape);
  const xOf = (/** @type {number} */ row) => Math.floor(row / perColumn) * (columnWidth + gap);
  const yOf = (/** @type {number} */ row) => headPx + (row % perColumn) * rowHeight;
  return { rows, columns, perColumn, units, rowHeight, columnWidth, nameWidth, endWidth, hasMark, cellWidth, headPx, gap, xOf, yOf };
}

/** Divide a column: first all cells, narrow ones if necessary, then as much of the names as fits. @param {number} width @param {number} wanted units @param {number} namePx @param {number} endPx @param {number} emPx @param {Shape} shape */
function divided(width, wanted, namePx, endPx, emPx, { leastCell, mostCell, roomyCell, bodyShare }) {
  const room = (width - endPx) / emPx;
  const share = ((1 - bodyShare) * width) / emPx;
  // In whole letters, so that cells do not move when the longest name changes by one.
  const whole = Math.min(Math.ceil(namePx / emPx) + NAME_EM.gap, NAME_EM.most);
  const least = Math.min(NAME_EM.least, whole, Math.max(share, room / 3));
  const units = Math.max(1, Math.min(wanted, Math.floor((room - least) / leastCell)));
  const name = Math.max(least, Math.min(whole, share, room - units * roomyCell));
  const cellWidth = Math.max(0, Math.min(mostCell, (room - name) / units)) * emPx;
  return { nameWidth: name * emPx, units, cellWidth };
}

/**
 * Choose the first unit of each row: the same for all, except for rows that would be more than half empty.
 * @param {number[]} lasts the newest unit of each row
 * @param {number} units that are drawn
 * @returns {{firsts: number[], common: number}} `common` is the first unit of most rows
 */
export function firstsOf(lasts, units) {
  const newest = Math.max(0, Math.max(0, ...lasts) - units + 1);
  const firsts = lasts.map((last) => (last >= newest + units / 2 ? newest : Math.max(0, last - units + 1)));
  const counts = new Map();
  for (const first of firsts) counts.set(first, (counts.get(first) ?? 0) + 1);
  const [[common] = [0]] = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  return { firsts, common };
}

/**
 * @template {Cell} C
 * @typedef {{layout: Layout, rows: Row<C>[]}} Grid the rows that are drawn, with the cells that are
 */

/** @template {Cell} C @param {Layout} layout @param {Row<C>[]} all @returns {Grid<C>} */
export function gridOf(layout, all) {
  const rows = all.slice(0, layout.rows).map((row) => {
    const { first = 0, cells } = row;
    return { ...row, cells: cells.filter(({ start }) => start >= first && start < first + layout.units) };
  });
  return { layout, rows };
}

/**
 * @param {Grid<any>} grid
 * @param {number} row
 * @param {Cell} cell
 * @param {number} density pixels of the screen per CSS pixel
 * @returns {Box} with edges on whole pixels of the screen, so that colours do not blur
 */
export function boxOf({ layout, rows }, row, { start, end }, density) {
  const { cellWidth, rowHeight } = layout;
  const onPixel = (/** @type {number} */ at) => Math.round(at * density) / density;
  const xAt = (/** @type {number} */ unit) => layout.xOf(row) + layout.nameWidth + (unit - (rows[row].first ?? 0)) * cellWidth;
  const [x, y] = [onPixel(xAt(start)), onPixel(layout.yOf(row))];
  const [beside, below] = [onPixel(xAt(end)), onPixel(layout.yOf(row) + rowHeight)];
  const gap = beside - x > MIN_GAP.cellPx ? Math.max(1, Math.min(MIN_GAP.most, MIN_GAP.share * (beside - x))) : 0;
  const rowGap = Math.max(1, Math.min(ROW_GAP.most, ROW_GAP.share * rowHeight));
  return { x, y, width: Math.max(NARROW_PX, beside - x - gap), height: Math.max(1, below - y - rowGap) };
}

/**
 * @param {Grid<any>} grid
 * @param {number} x @param {number} y
 * @returns {Place | null} the cell at a point; of a narrow one and the next, the narrow one
 */
export function placeAt({ layout, rows }, x, y) {
  const { columnWidth, gap, nameWidth, cellWidth, perColumn, rowHeight, headPx } = layout;
  const [column, line] = [Math.floor(x / (columnWidth + gap)), Math.floor((y - headPx) / rowHeight)];
  if (line < 0 || line >= perColumn || column < 0) return null;
  const row = rows[column * perColumn + line];
  if (!row) return null;
  const unit = (row.first ?? 0) + (x - column * (columnWidth + gap) - nameWidth) / cellWidth;
  const here = row.cells.find(({ start, end }) => unit >= start && unit < Math.max(end, start + NARROW_PX / cellWidth));
  return here ? { key: row.key, id: here.id } : null;
}

/**
 * Move from a cell to the next one in a direction, past missing cells.
 * @param {string} key
 * @param {Place | null} from null to begin with the last cell of the first row
 * @param {Row[]} all
 * @returns {Place | null | undefined} undefined for a key that does not move
 */
export function steppedTo(key, from, all) {
  if (!Object.hasOwn(STEPS, key)) return undefined;
  const rows = all.filter(({ cells }) => cells.length > 0);
  if (rows.length === 0) return null;
  const [down, right] = STEPS[key];
  const at = rows.findIndex((row) => row.key === from?.key);
  const here = rows[at]?.cells.findIndex(({ id }) => id === from?.id) ?? -1;
  if (here < 0) return placeOf(rows[Math.max(0, at)], -1);
  if (down === 0) return placeOf(rows[at], within(here + right, rows[at].cells));
  const to = rows[within(at + down, rows)];
  const middle = middleOf(rows[at].cells[here]);
  const away = to.cells.map((cell) => Math.abs(middleOf(cell) - middle));
  return placeOf(to, away.indexOf(Math.min(...away)));
}

/** @param {Row} row @param {number} index @returns {Place} */
function placeOf({ key, cells }, index) {
  return { key, id: /** @type {Cell} */ (cells.at(index)).id };
}

/** @param {number} index @param {{length: number}} list */
function within(index, { length }) {
  return Math.max(0, Math.min(length - 1, index));
}

/** @param {Cell} cell */
function middleOf({ start, end }) {
  return (start + end) / 2;
}
