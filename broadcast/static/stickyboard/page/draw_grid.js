// @ts-check
/** Draws episodes by windows: a cell's colour and letter tell its class, a corner what it is in truth. */

import { clearSheet, shortNamesOn, write } from "./canvas.js";
import { firstsOf, layOut, ticksOf } from "./grid.js";
import { seriesProperty } from "./palette.js";

const RADIUS_PX = 2;
const LETTER_SHARE = 0.8;
const LARGE_LETTER = { share: 0.5, mostEm: 2 };
const HALF_LETTER = 0.36; // of a capital's height
const LINE_EM = 7; // lines to a letter's size
const EDGE_PX = 2.5; // of a wrong cell
const CORNER = { share: 0.45, mostEm: 0.85 };

/**
 * @typedef {import("./grid.js").Place} Place
 * @typedef {import("./canvas.js").Sheet} Sheet
 * @typedef {import("./scenes/prediction.js").Cell} Cell
 * @typedef {{x: number, y: number, width: number, height: number, cell: Cell}} Placed
 * @typedef {{layout: import("./grid.js").Layout, rows: import("./grid.js").Seen[], common: number, placed: Placed[]}} Drawn
 *   `common` is the window that most rows begin with, which the axis has
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./scenes/prediction.js").Model} model
 * @param {Place | null} active outlined
 * @returns {Drawn & {active: Placed | null}} what there is to be seen, and what is outlined
 */
export function drawGrid(canvas, model, active) {
  const sheet = clearSheet(canvas);
  sheet.pen.font = sheet.font(sheet.sizePx("--text-s"));
  const longest = Math.max(0, ...model.rows.map(({ episode }) => sheet.pen.measureText(episode).width));
  const drawn = placed(model, layOut(model, sheet, sheet.sizePx("--text-m"), longest), sheet.sizePx("--cell-gap"));
  drawAxis(sheet, drawn);
  drawNames(canvas, sheet, drawn);
  drawCells(sheet, drawn.placed);
  drawWrongOnes(sheet, drawn.placed.filter(({ cell }) => cell.isWrong));
  const outlined = active && drawn.placed.find(({ cell }) => cell.window === active.window && cell.value.episode_id === active.episode);
  if (outlined) outline(sheet, outlined);
  return { ...drawn, active: outlined ?? null };
}

/**
 * @param {import("./scenes/prediction.js").Model} model
 * @param {import("./grid.js").Layout} layout
 * @param {number} gap between cells
 * @returns {Drawn} edges on whole pixels, where colours do not blur
 */
function placed({ rows: all }, layout, gap) {
  const { firsts, common } = firstsOf(all.map(({ last }) => last), layout.columns);
  const rows = all.map((row, index) => ({ ...row, first: firsts[index], cells: row.cells.filter(({ window }) => window >= firsts[index]) }));
  const onPixel = (/** @type {number} */ at) => Math.round(at * devicePixelRatio) / devicePixelRatio;
  const placed = rows.flatMap(({ cells, first }, row) => {
    const [y, below] = [onPixel(layout.yOf(row)), onPixel(layout.yOf(row + 1))];
    return cells.map((cell) => {
      const [x, beside] = [onPixel(layout.xOf(cell.window - first)), onPixel(layout.xOf(cell.window - first + 1))];
      return { x, y, width: beside - x - gap, height: below - y - gap, cell };
    });
  });
  return { layout, rows, common, placed };
}

/** @param {Sheet} sheet @param {Drawn} drawn */
function drawAxis({ pen, colour, font, sizePx }, { layout, common }) {
  const middle = layout.axisHeight / 2;
  pen.fillStyle = colour("--muted");
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.font = font(sizePx("--text-s"));
  write(pen, "window", 0, middle);
  pen.textAlign = "center";
  pen.font = font(sizePx("--text-xs"));
  for (const window of ticksOf(common, layout.columns)) write(pen, String(window), layout.xOf(window - common + 0.5), middle);
}

/**
 * The episodes' names, and the window that a row begins with where the axis says another one.
 * @param {HTMLCanvasElement} canvas @param {Sheet} sheet @param {Drawn} drawn
 */
function drawNames(canvas, sheet, { layout, rows, common }) {
  const { pen, colour, font, sizePx } = sheet;
  const size = Math.min(sizePx("--text-s"), layout.rowHeight * LETTER_SHARE);
  const marks = rows.map(({ first }) => (first === common ? "" : `${first}›`));
  pen.font = font(size);
  const room = layout.nameWidth - size / 2;
  const markPx = Math.max(0, ...marks.map((mark) => (mark ? pen.measureText(mark).width + size / 2 : 0)));
  const names = shortNamesOn(canvas, sheet, rows.map(({ episode }) => episode), Math.max(size, room - markPx), pen.font);
  pen.font = font(size);
  pen.fillStyle = colour("--text");
  pen.textAlign = "left";
  names.forEach((name, row) => write(pen, name, 0, layout.yOf(row + 0.5)));
  pen.fillStyle = colour("--muted");
  pen.textAlign = "right";
  marks.forEach((mark, row) => mark && write(pen, mark, room, layout.yOf(row + 0.5)));
}

/**
 * All cells of a colour as one path: to fill one costs less than to fill hundreds.
 * @param {Sheet} sheet
 * @param {Placed[]} all
 */
function drawCells({ pen, colour, font, sizePx }, all) {
  for (const [series, cells] of grouped(all, ({ cell }) => cell.colour)) {
    pen.fillStyle = colour(seriesProperty(series));
    pen.beginPath();
    for (const { x, y, width, height } of cells) pen.roundRect(x, y, width, height, RADIUS_PX);
    pen.fill();
  }
  if (all.length === 0) return;
  pen.fillStyle = colour("--on-series");
  pen.textAlign = "center";
  const letterPx = letterPxOf(all[0], sizePx("--text-s"));
  pen.font = font(letterPx, 700);
  for (const { x, y, width, height, cell } of all) {
    const isTight = cell.isWrong && cell.letter.length > 1;
    const [left, right] = isTight ? [EDGE_PX, rightOfNumber(width, height, letterPx, sizePx("--text-s"))] : [0, width];
    write(pen, cell.letter, x + (left + right) / 2, y + height / 2, right - left);
  }
}

/**
 * @param {Placed} cell one of all, which are of one size
 * @param {number} emPx
 * @returns {number} as large as the letters around the grid, and larger in a large cell
 */
function letterPxOf({ width, height }, emPx) {
  const large = Math.min(LARGE_LETTER.mostEm * emPx, LARGE_LETTER.share * Math.min(width, height));
  return Math.max(large, Math.min(emPx, LETTER_SHARE * height));
}

/**
 * There may be more classes than letters, and then they have numbers.
 * @param {number} width of a cell @param {number} height @param {number} letterPx @param {number} emPx
 * @returns {number} where the corner lets a number end
 */
function rightOfNumber(width, height, letterPx, emPx) {
  return Math.min(width - EDGE_PX, width - cornerOf(width, emPx) + height / 2 - HALF_LETTER * letterPx);
}

/** @param {number} width of a cell @param {number} emPx @returns {number} the corner's side */
function cornerOf(width, emPx) {
  return Math.min(CORNER.share * width, CORNER.mostEm * emPx);
}

/**
 * An edge, and a corner in the colour of the truth.
 * @param {Sheet} sheet
 * @param {Placed[]} all
 */
function drawWrongOnes({ pen, colour, sizePx }, all) {
  const emPx = sizePx("--text-s");
  pen.beginPath();
  for (const { x, y, width, height } of all) pen.rect(x + 1, y + 1, width - 2, height - 2);
  pen.strokeStyle = colour("--text");
  pen.lineWidth = Math.max(2, emPx / LINE_EM);
  pen.stroke();
  for (const [truth, cells] of grouped(all, ({ cell }) => cell.truth?.colour ?? 0)) {
    pen.fillStyle = colour(seriesProperty(truth));
    pen.beginPath();
    for (const { x, y, width } of cells) traceCorner(pen, x + width, y, cornerOf(width, emPx));
    pen.fill();
  }
  pen.beginPath();
  for (const { x, y, width } of all) {
    pen.moveTo(x + width - cornerOf(width, emPx), y);
    pen.lineTo(x + width, y + cornerOf(width, emPx));
  }
  pen.stroke();
}

/** @param {Placed[]} all @param {(placed: Placed) => number} colourOf @returns {Map<number, Placed[]>} */
function grouped(all, colourOf) {
  const groups = new Map();
  for (const placed of all) {
    const group = groups.get(colourOf(placed));
    if (group) group.push(placed);
    else groups.set(colourOf(placed), [placed]);
  }
  return groups;
}

/** @param {CanvasRenderingContext2D} pen @param {number} right @param {number} top @param {number} side */
function traceCorner(pen, right, top, side) {
  pen.moveTo(right - side, top);
  pen.lineTo(right, top);
  pen.lineTo(right, top + side);
  pen.closePath();
}

/** @param {Sheet} sheet @param {Placed} placed */
function outline({ pen, colour }, { x, y, width, height }) {
  pen.strokeStyle = colour("--focus");
  pen.lineWidth = 3;
  pen.strokeRect(x + 1, y + 1, width - 2, height - 2);
}
