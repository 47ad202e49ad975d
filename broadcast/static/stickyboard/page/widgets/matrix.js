// @ts-check
/** Cells by row and column: a category as colour and letter, or a number as shade and text. */

import { describe, drawText, shortNamesOn, textWidth } from "../canvas.js";
import { firstsOf } from "../cell_layout.js";
import { buildCells, drawRows, fillCells, hiddenIn, letterPxOf, paintChosen, widestOf } from "../cells.js";
import { visibleRowsIn } from "../computed_style.js";
import { addParts, once } from "../dom.js";
import { maxColumns, namesOf, valueAt } from "../fields.js";
import { byName } from "../format.js";
import { buildScale, paintScale, shadeProperty, textOnShade } from "../heat_scale.js";
import { hiddenText, partOf } from "../not_shown.js";
import { paintLegend } from "../legend.js";
import { countsIn, modelOf, tooltipOf } from "../matrix_model.js";
import { ENTRY_OPTION } from "../one_entry.js";
import { seriesProperty } from "../palette.js";
import { cellIn } from "../table_model.js";
import { entriesOf, groupBy } from "../view.js";

const CELL = { mostRow: 5, mostCell: 7, bodyShare: 0, leastColumn: Infinity };
const STEPS = { ...CELL, leastRow: 1.5, leastCell: 1.1, roomyCell: 2 };
const NAMES = { ...CELL, leastRow: 0.3, leastCell: 0.3, roomyCell: 2.2 };
const HEAD_EM = { flat: 1.5, upright: 6, wide: 4, gap: 0.6 };
const EVERY = 5; // steps have a number
const DIGIT_EM = 0.65;
const TEXT = { paddingPx: 2, leastPx: 8 };
const HALF_LETTER = 0.36; // of a capital letter's height
const LINE_EM = 7; // lines per letter height
const EDGE_PX = 2.5; // of a wrong cell
const CORNER = { share: 0.45, mostEm: 0.85 };

/**
 * @typedef {import("../matrix_model.js").Options} Options
 * @typedef {import("../matrix_model.js").Model} Model
 * @typedef {import("../matrix_model.js").Cell} Cell
 * @typedef {import("../cells.js").Drawing<Cell>} Drawing
 * @typedef {import("../cells.js").Placed<Cell>} Placed
 */

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No cells yet." },
    options: options.counts === undefined ? [] : [ENTRY_OPTION],
    model: (view, context) => modelOf(entriesOf(view, context), options, context),
    table: (view, context) => (options.counts === undefined ? cellTable(entriesOf(view, context), options) : countTable(entriesOf(view, context), options, context)),
    paint: (element, model) => paint(element, model, options),
  };
}

/** @param {Entry[]} entries @param {Options} options @returns {Table} every cell, newest row first */
function cellTable(entries, { row = "", column = "", category, value: number, compare_to: truth, shares = "" }) {
  const values = [...groupBy(entries, ({ value }) => valueAt(value, row)).values()].reverse().flat().map(({ value }) => value);
  const all = namesOf(values.map((value) => Object.keys(sharesIn(value, shares))));
  const names = all.slice(0, maxColumns(values.length)).sort(byName);
  const fields = [row, column, category, number, truth].filter((path) => path !== undefined);
  const rows = values.map((value) => {
    const found = sharesIn(value, shares);
    return [...fields.map((path) => cellIn(valueAt(value, path))), ...names.map((name) => cellIn(valueAt(found, name)))];
  });
  const hidden = hiddenText([partOf(names.length, all.length, "share")], "The tooltip of a cell has the highest.");
  return { columns: [...fields, ...names.map((name) => `${shares} ${name}`)], rows, hidden };
}

/** @param {any} value @param {string} path @returns {Record<string, unknown>} */
function sharesIn(value, path) {
  const shares = valueAt(value, path);
  return typeof shares === "object" && shares !== null ? shares : {};
}

/** @param {Entry[]} entries @param {Options} options @param {Context} context @returns {Table} */
function countTable(entries, options, context) {
  const { labels, numbers, sums, totals, hidden } = countsIn(entries, options, context);
  const rows = labels.map((name, row) => [name, ...numbers[row], sums[row]]);
  return { columns: [options.row_title ?? "row", ...labels, "total"], rows: [...rows, ["total", ...totals]], hidden };
}

/** @param {HTMLElement} element @param {Model} model @param {Options} options */
function paint(element, model, options) {
  const { cells, scale } = once(element, () => build(element, options));
  const { rows, columns, units, categories, range, totals, all } = model;
  const { figure } = cells;
  describe(figure, model.sentence);
  if (scale) paintScale(scale, scaleName(options), range, options.normalize ? ".0%" : options.format);
  else paintLegend(figure.legend, [...categories.values()].map(({ name, colour, letter }) => ({ name, colour, symbol: letter })));
  const drawing = drawRows(cells, rows, {
    units,
    headEm: (surface, cellWidth) => headEmOf(surface, columns, cellWidth),
    footEm: totals ? HEAD_EM.flat : 0,
    corner: cornerOf(options),
    endTexts: totals?.slice(-1),
    startsOf: Array.isArray(columns) ? undefined : (drawn) => startsOf(rows, columns, drawn),
  }, Array.isArray(columns) ? NAMES : STEPS);
  if (Array.isArray(columns)) drawColumnNames(drawing, figure.canvas, columns);
  else drawSteps(drawing, rows, columns);
  if (totals) drawTotals(drawing, totals);
  if (scale) drawNumbers(drawing);
  else drawCategories(drawing);
  paintChosen(element, cells, drawing, (row, cell) => tooltipOf(row, cell, model, options));
  const legend = scale ? [] : [partOf(visibleRowsIn(figure.legend), categories.size, "category", "categories")];
  return [model.hidden, hiddenIn(drawing, all, legend)].filter(Boolean).join(" ");
}

/** @param {HTMLElement} element @param {Options} options */
function build(element, { category, compare_to: truth }) {
  const cells = buildCells(element);
  const { figure, legend } = cells.figure;
  if (category === undefined) {
    const scale = buildScale();
    legend.replaceWith(scale.key);
    return { cells, scale };
  }
  const { foot } = addParts(figure, { foot: "div.legend-row" });
  legend.classList.add("is-lettered");
  foot.append(legend);
  if (truth !== undefined) addParts(foot, { note: "p.legend-note", sample: "note > span.wrong-sample" }).note.append(`wrong; the corner has the colour of ${truth}`);
  return { cells, scale: null };
}

/** @param {Options} options */
function scaleName({ counts, value, normalize }) {
  return counts === undefined ? (value ?? "") : normalize ? "share of row" : "count";
}

/** @param {Options} options @returns {string[]} what columns and rows are */
function cornerOf({ row_title: row, column_title, column }) {
  const across = column_title ?? column;
  return [across ? (row ? `${across} →` : across) : "", row ? `${row} ↓` : ""].filter(Boolean);
}

/** @param {Model["rows"]} rows @param {import("../matrix_model.js").Steps} steps @param {number} units that are drawn */
function startsOf(rows, { least, step }, units) {
  const { firsts, common } = firstsOf(rows.map(({ cells }) => cells.at(-1)?.start ?? 0), units);
  return firsts.map((first) => ({ first, lead: first === common ? "" : `${least + first * step}›` }));
}

/** @param {Surface} surface @param {Model["columns"]} columns @param {number} cellWidth @returns {number} height above the cells */
function headEmOf(surface, columns, cellWidth) {
  const emPx = surface.sizePx("--text-m");
  const widest = Array.isArray(columns) ? widestOf(surface, columns, surface.sizePx("--text-xs")) : 0;
  if (widest <= cellWidth || cellWidth >= HEAD_EM.wide * emPx) return HEAD_EM.flat;
  return Math.min(HEAD_EM.upright, widest / emPx + HEAD_EM.gap, surface.height / emPx / 3);
}

/** Number every fifth step, or fewer. @param {Drawing} drawing @param {Model["rows"]} rows @param {import("../matrix_model.js").Steps} steps */
function drawSteps({ surface: { ctx, colour, font, sizePx }, grid: { layout } }, rows, { least, step }) {
  const { common } = firstsOf(rows.map(({ cells }) => cells.at(-1)?.start ?? 0), layout.units);
  ctx.fillStyle = colour("--muted");
  ctx.textAlign = "center";
  ctx.font = font(sizePx("--text-xs"));
  for (const at of ticksOf(common, layout.units, { least, step })) {
    drawText(ctx, String(least + at * step), layout.nameWidth + (at - common + 0.5) * layout.cellWidth, layout.headPx / 2);
  }
}

/** @param {number} first @param {number} units @param {import("../matrix_model.js").Steps} steps @returns {number[]} the columns that have a number */
export function ticksOf(first, units, { least, step }) {
  const digits = String(least + (first + units) * step).length;
  const every = EVERY * Math.ceil((digits * DIGIT_EM) / (EVERY * STEPS.leastCell));
  const offset = Math.round((least - (least % step)) / step);
  return Array.from({ length: units }, (_, index) => first + index).filter((at) => (at + offset) % every === 0);
}

/** @param {Drawing} drawing @param {HTMLCanvasElement} canvas @param {string[]} columns */
function drawColumnNames({ surface, grid: { layout }, emPx }, canvas, columns) {
  const { ctx, colour, font, sizePx } = surface;
  const { nameWidth, cellWidth, headPx, units } = layout;
  const isUpright = headPx > HEAD_EM.flat * emPx;
  const size = sizePx("--text-xs");
  const every = Math.max(1, Math.ceil(size / cellWidth));
  const room = isUpright ? headPx - size / 2 : cellWidth * every - size / 3;
  const names = shortNamesOn(canvas, surface, columns.slice(0, units), room, font(size), "columns");
  ctx.font = font(size);
  ctx.fillStyle = colour("--muted");
  ctx.textAlign = isUpright ? "left" : "center";
  names.forEach((name, column) => {
    if (column % every !== 0) return;
    ctx.save();
    ctx.translate(nameWidth + (column + 0.5) * cellWidth, isUpright ? headPx - size / 2 : headPx / 2);
    if (isUpright) ctx.rotate(-Math.PI / 2);
    drawText(ctx, name, 0, 0);
    ctx.restore();
  });
}

/** @param {Drawing} drawing @param {string[]} totals of the columns, and then of all */
function drawTotals({ surface, grid: { layout }, emPx }, totals) {
  const { ctx, colour, font, sizePx } = surface;
  const { units, nameWidth, cellWidth, columnWidth, rows, rowHeight, headPx } = layout;
  const y = headPx + rows * rowHeight + (HEAD_EM.flat / 2) * emPx;
  const size = Math.min(sizePx("--text-s"), fittingPx(surface, totals.slice(0, units), cellWidth, sizePx("--text-s"), 600));
  ctx.font = font(sizePx("--text-s"));
  ctx.fillStyle = colour("--muted");
  ctx.textAlign = "left";
  drawText(ctx, "total", 0, y);
  ctx.textAlign = "right";
  drawText(ctx, "total", columnWidth, headPx - (HEAD_EM.flat / 2) * emPx);
  ctx.font = font(emPx, 600);
  drawText(ctx, totals[totals.length - 1], columnWidth, y);
  if (size < TEXT.leastPx) return;
  ctx.font = font(size, 600);
  ctx.textAlign = "center";
  totals.slice(0, Math.min(units, totals.length - 1)).forEach((total, column) => drawText(ctx, total, nameWidth + (column + 0.5) * cellWidth, y));
}

/** @param {Surface} surface @param {string[]} texts @param {number} width @param {number} most @param {number} weight @returns {number} the size at which all texts fit */
function fittingPx({ ctx, font }, texts, width, most, weight) {
  const largest = font(most, weight);
  const widest = texts.reduce((longest, text) => Math.max(longest, textWidth(ctx, largest, text)), 1);
  return Math.min(most, (most * Math.max(0, width - 2 * TEXT.paddingPx)) / widest);
}

/** @param {Drawing} drawing */
function drawNumbers(drawing) {
  const { surface, placed } = drawing;
  fillCells(drawing, ({ shade }) => (shade === 0 ? "--track" : shadeProperty(shade)));
  if (placed.length === 0) return;
  const [{ box }] = placed;
  const most = letterPxOf(box, surface.sizePx("--text-s"));
  const size = fittingPx(surface, placed.map(({ cell }) => cell.text), box.width, most, 600);
  if (size < TEXT.leastPx) return;
  const { ctx, colour, font } = surface;
  ctx.font = font(size, 600);
  ctx.textAlign = "center";
  for (const [shade, same] of groupBy(placed, ({ cell }) => cell.shade)) {
    ctx.fillStyle = colour(shade === 0 ? "--muted" : textOnShade(shade));
    for (const { cell, box: { x, y, width, height } } of same) drawText(ctx, cell.text, x + width / 2, y + height / 2);
  }
}

/** @param {Drawing} drawing */
function drawCategories(drawing) {
  const { surface, placed } = drawing;
  fillCells(drawing, ({ category }) => seriesProperty(category?.colour ?? 0));
  drawLetters(surface, placed);
  drawWrongOnes(surface, placed.filter(({ cell }) => cell.isWrong));
}

/** @param {Surface} surface @param {Placed[]} placed */
function drawLetters({ ctx, colour, font, sizePx }, placed) {
  if (placed.length === 0 || placed[0].box.width < TEXT.leastPx) return;
  const letterPx = letterPxOf(placed[0].box, sizePx("--text-s"));
  ctx.fillStyle = colour("--on-series");
  ctx.textAlign = "center";
  ctx.font = font(letterPx, 700);
  for (const { cell, box: { x, y, width, height } } of placed) {
    // Categories beyond the number of letters have numbers, which are wider and must not touch the corner.
    const isTight = cell.isWrong && cell.text.length > 1;
    const beside = width - cornerPxOf(width, sizePx("--text-s")) + height / 2 - HALF_LETTER * letterPx;
    const [left, right] = isTight ? [EDGE_PX, Math.min(width - EDGE_PX, beside)] : [0, width];
    drawText(ctx, cell.text, x + (left + right) / 2, y + height / 2, right - left);
  }
}

/** @param {number} width of a cell @param {number} emPx @returns {number} side of the corner */
function cornerPxOf(width, emPx) {
  return Math.min(CORNER.share * width, CORNER.mostEm * emPx);
}

/** Draw an edge around each wrong cell, and a corner in the colour of its true category. @param {Surface} surface @param {Placed[]} placed */
function drawWrongOnes({ ctx, colour, sizePx }, placed) {
  const emPx = sizePx("--text-s");
  ctx.beginPath();
  for (const { box: { x, y, width, height } } of placed) ctx.rect(x + 1, y + 1, width - 2, height - 2);
  ctx.strokeStyle = colour("--text");
  ctx.lineWidth = Math.max(2, emPx / LINE_EM);
  ctx.stroke();
  for (const [truth, same] of groupBy(placed, ({ cell }) => cell.truth?.colour ?? 0)) {
    ctx.fillStyle = colour(seriesProperty(truth));
    ctx.beginPath();
    for (const { box: { x, y, width } } of same) {
      const side = cornerPxOf(width, emPx);
      ctx.moveTo(x + width - side, y);
      ctx.lineTo(x + width, y);
      ctx.lineTo(x + width, y + side);
    }
    ctx.fill();
  }
  ctx.beginPath();
  for (const { box: { x, y, width } } of placed) {
    ctx.moveTo(x + width - cornerPxOf(width, emPx), y);
    ctx.lineTo(x + width, y + cornerPxOf(width, emPx));
  }
  ctx.stroke();
}
