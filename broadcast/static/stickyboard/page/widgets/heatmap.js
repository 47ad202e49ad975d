// @ts-check
/** One row of cells per lane, the newest at the right; the colour of a cell is its value. */

import { describe } from "../canvas.js";
import { buildCells, drawRows, fillCells, hiddenIn, paintChosen } from "../cells.js";
import { make, once } from "../dom.js";
import { nameAt, valueAt } from "../fields.js";
import { byName, formatted, plural } from "../format.js";
import { buildScale, paintScale, rangeOf, shadeOf, shadeProperty } from "../heat_scale.js";
import { namesText, withoutNumberText } from "../not_shown.js";
import { cellIn, cellText } from "../table_model.js";
import { isolated } from "../safe_text.js";
import { clockText, stampText } from "../times.js";
import { factLine } from "../tooltip.js";
import { entriesOf, groupBy } from "../view.js";

const SHAPE = { leastRow: 0.92, mostRow: 9, leastCell: 0.1, mostCell: Infinity, roomyCell: 0, bodyShare: 0.68, leastColumn: 5 };
const MARK = { leastPx: 1.5, mostEm: 0.25 };

/**
 * @typedef {{row: string, value: string, flag?: string, cells: number, range?: [number, number], detail: string | string[], format?: string}} Options
 * @typedef {import("../cell_layout.js").Cell & {value: number, shade: number, isFlagged: boolean, entry: Entry}} Cell
 * @typedef {import("../cell_layout.js").Row<Cell>} Row
 * @typedef {{rows: Row[], range: [number, number], entries: number, withoutNumber: number, sentence: string}} Model `entries` is the number of stored cells
 */

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No values yet." },
    model: (view, context) => modelOf(entriesOf(view, context), options),
    table: (view, context) => tableOf(entriesOf(view, context), options),
    paint: (element, model) => paint(element, model, options),
  };
}

/** @param {Entry[]} all @param {Options} options @returns {Model} rows by name; cells oldest first */
export function modelOf(all, options) {
  const entries = all.filter(({ value }) => nameAt(value, options.row) !== null && Number.isFinite(valueAt(value, options.value)));
  const lanes = [...groupBy(entries, ({ value }) => nameAt(value, options.row) ?? "")]
    .map(([name, each]) => ({ name, newest: each.slice(-options.cells) }))
    .sort((a, b) => byName(a.name, b.name));
  const values = lanes.flatMap(({ newest }) => newest.map(({ value }) => valueAt(value, options.value)));
  const range = rangeOf(values, options.range) ?? [0, 1];
  const rows = lanes.map(({ name, newest }) => rowOf(name, newest, range, options));
  return { rows, range, entries: entries.length, withoutNumber: all.length - entries.length, sentence: sentenceOf(rows, options) };
}

/** @param {string} name @param {Entry[]} entries @param {[number, number]} range @param {Options} options @returns {Row} */
function rowOf(name, entries, range, options) {
  const cells = entries.map((entry, index) => {
    const start = options.cells - entries.length + index;
    const value = valueAt(entry.value, options.value);
    const isFlagged = options.flag !== undefined && valueAt(entry.value, options.flag) === true;
    return { id: start, start, end: start + 1, value, shade: shadeOf(value, range), isFlagged, entry };
  });
  const flagged = cells.filter(({ isFlagged }) => isFlagged).length;
  return { key: name, name, cells, end: flagged ? String(flagged) : "", isMarked: cells.at(-1)?.isFlagged };
}

/** @param {Row[]} rows @param {Options} options */
function sentenceOf(rows, { flag }) {
  const cells = rows.flatMap((row) => row.cells);
  const sentence = `${plural(cells.length, "cell")} in ${plural(rows.length, "row")}`;
  if (flag === undefined) return sentence;
  const marked = rows.filter(({ isMarked }) => isMarked).map(({ name }) => name);
  const now = marked.length ? `; now in ${namesText(marked)}` : "";
  return `${sentence}; ${flag} in ${plural(cells.filter(({ isFlagged }) => isFlagged).length, "cell")}${now}`;
}

/** @param {Row} row @param {Cell} cell @param {Options} options @returns {Tooltip} */
export function tooltipOf({ name: row }, { value, isFlagged, entry }, { value: field, flag, detail, format }) {
  const details = [detail].flat().map((path) => /** @type {const} */ ([path, cellIn(valueAt(entry.value, path))]));
  const lines = [
    factLine(field, formatted(value, format)),
    ...details.filter(([, cell]) => cell !== null).map(([path, cell]) => factLine(path, cellText(cell))),
    factLine("time", clockText(entry.at)),
  ];
  return { title: isFlagged ? `${isolated(row)} · ${flag}` : isolated(row), lines };
}

/** @param {Entry[]} entries @param {Options} options @returns {Table} every entry, newest first */
function tableOf(entries, { row, value: field, flag, detail }) {
  const columns = [row, field, ...(flag === undefined ? [] : [flag]), ...[detail].flat()];
  const rows = entries.reverse().map(({ at, value }) => [stampText(at), ...columns.map((path) => cellIn(valueAt(value, path)))]);
  return { columns: ["time", ...columns], rows };
}

/** @param {HTMLElement} element @param {Model} model @param {Options} options */
function paint(element, { rows, range, entries, withoutNumber, sentence }, options) {
  const { cells, scale } = once(element, () => build(element, options));
  describe(cells.figure, sentence);
  paintScale(scale, options.value, range, options.format);
  const startsOf = (/** @type {number} */ units) => rows.map(() => ({ first: options.cells - units }));
  const drawing = drawRows(cells, rows, { units: options.cells, startsOf, endColour: "--alert-text" }, SHAPE);
  drawTracks(drawing);
  fillCells(drawing, ({ isFlagged, shade }) => (isFlagged ? "--alert" : shadeProperty(shade)));
  drawFlags(drawing);
  paintChosen(element, cells, drawing, (row, cell) => tooltipOf(row, cell, options));
  return [hiddenIn(drawing, { rows: rows.length, cells: entries }), withoutNumberText(withoutNumber)].filter(Boolean).join(" ");
}

/** @param {import("../cells.js").Drawing<Cell>} drawing */
function drawTracks({ surface: { ctx, colour }, grid: { layout, rows }, placed }) {
  if (placed.length === 0) return;
  ctx.fillStyle = colour("--track");
  const [{ box: { height } }] = placed;
  rows.forEach((_, row) => ctx.fillRect(layout.xOf(row) + layout.nameWidth, layout.yOf(row), layout.units * layout.cellWidth, height));
}

/**
 * Draw an exclamation mark in flagged cells, so that they differ from high values in more than colour.
 * @param {import("../cells.js").Drawing<Cell>} drawing
 */
function drawFlags({ surface: { ctx, colour }, grid: { layout: { cellWidth } }, placed, emPx }) {
  ctx.fillStyle = colour("--alert-mark");
  const width = Math.max(Math.min(cellWidth / 3, MARK.leastPx), Math.min(cellWidth / 4, MARK.mostEm * emPx));
  for (const { cell, box } of placed) if (cell.isFlagged) drawMark(ctx, box, width);
}

/** @param {CanvasRenderingContext2D} ctx @param {import("../cell_layout.js").Box} box @param {number} width of the stroke */
function drawMark(ctx, { x, y, width: across, height }, width) {
  const [stroke, gap] = [Math.min(height * 0.4, 4 * width), Math.min(height * 0.12, width)];
  const dot = Math.max(1.5, Math.min(height * 0.14, 1.2 * width));
  const top = y + (height - stroke - gap - dot) / 2;
  ctx.fillRect(x + (across - width) / 2, top, width, stroke);
  ctx.fillRect(x + (across - width) / 2, top + stroke + gap, width, dot);
}

/** @param {HTMLElement} element @param {Options} options */
function build(element, { flag }) {
  const [cells, scale] = [buildCells(element), buildScale()];
  if (flag !== undefined) scale.key.append(make("span", "flag-sample", "!"), flag);
  scale.key.append(make("span", "key-end", "newest →"));
  cells.figure.legend.replaceWith(scale.key);
  return { cells, scale };
}
