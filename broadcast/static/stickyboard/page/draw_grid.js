// @ts-check
/** Draws episodes by windows: colour and letter of a cell are the predicted class, its corner is the true class. */

import { clearCanvas, drawText, shortNamesOn } from "./canvas.js";
import { firstsOf, layOut, ticksOf } from "./grid.js";
import { seriesProperty } from "./palette.js";
import { groupBy } from "./view.js";

const RADIUS_PX = 2;
const LETTER_SHARE = 0.8;
const LARGE_LETTER = { share: 0.5, mostEm: 2 };
const HALF_LETTER = 0.36; // of a capital letter's height
const LINE_EM = 7; // lines per letter height
const EDGE_PX = 2.5; // of a wrongly predicted cell
const CORNER = { share: 0.45, mostEm: 0.85 };

/**
 * @typedef {import("./grid.js").Place} Place
 * @typedef {import("./canvas.js").Surface} Surface
 * @typedef {import("./scenes/prediction.js").Cell} Cell
 * @typedef {{x: number, y: number, width: number, height: number, cell: Cell}} Placed
 * @typedef {{layout: import("./grid.js").Layout, rows: import("./grid.js").Seen[], common: number, placed: Placed[]}} Drawn
 *   `common` is the first window of most rows, with which the axis begins
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./scenes/prediction.js").Model} model
 * @param {Place | null} active outlined
 * @returns {Drawn & {active: Placed | null}} what was drawn, and the outlined cell
 */
export function drawGrid(canvas, model, active) {
  const surface = clearCanvas(canvas);
  surface.ctx.font = surface.font(surface.sizePx("--text-s"));
  const longest = Math.max(0, ...model.rows.map(({ episode }) => surface.ctx.measureText(episode).width));
  const drawn = placed(model, layOut(model, surface, surface.sizePx("--text-m"), longest), surface.sizePx("--cell-gap"));
  drawAxis(surface, drawn);
  drawNames(canvas, surface, drawn);
  drawCells(surface, drawn.placed);
  drawWrongOnes(surface, drawn.placed.filter(({ cell }) => cell.isWrong));
  const outlined = active && drawn.placed.find(({ cell }) => cell.window === active.window && cell.value.episode_id === active.episode);
  if (outlined) outline(surface, outlined);
  return { ...drawn, active: outlined ?? null };
}

/**
 * @param {import("./scenes/prediction.js").Model} model
 * @param {import("./grid.js").Layout} layout
 * @param {number} gap between cells
 * @returns {Drawn} with edges on whole pixels, so that colours do not blur
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

/** @param {Surface} surface @param {Drawn} drawn */
function drawAxis({ ctx, colour, font, sizePx }, { layout, common }) {
  const middle = layout.axisHeight / 2;
  ctx.fillStyle = colour("--muted");
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.font = font(sizePx("--text-s"));
  drawText(ctx, "window", 0, middle);
  ctx.textAlign = "center";
  ctx.font = font(sizePx("--text-xs"));
  for (const window of ticksOf(common, layout.columns)) drawText(ctx, String(window), layout.xOf(window - common + 0.5), middle);
}

/**
 * Draw the episodes' names, and the first window of each row that begins with another window than the axis.
 * @param {HTMLCanvasElement} canvas @param {Surface} surface @param {Drawn} drawn
 */
function drawNames(canvas, surface, { layout, rows, common }) {
  const { ctx, colour, font, sizePx } = surface;
  const size = Math.min(sizePx("--text-s"), layout.rowHeight * LETTER_SHARE);
  const marks = rows.map(({ first }) => (first === common ? "" : `${first}›`));
  ctx.font = font(size);
  const room = layout.nameWidth - size / 2;
  const markPx = Math.max(0, ...marks.map((mark) => (mark ? ctx.measureText(mark).width + size / 2 : 0)));
  const names = shortNamesOn(canvas, surface, rows.map(({ episode }) => episode), Math.max(size, room - markPx), ctx.font);
  ctx.font = font(size);
  ctx.fillStyle = colour("--text");
  ctx.textAlign = "left";
  names.forEach((name, row) => drawText(ctx, name, 0, layout.yOf(row + 0.5)));
  ctx.fillStyle = colour("--muted");
  ctx.textAlign = "right";
  marks.forEach((mark, row) => mark && drawText(ctx, mark, room, layout.yOf(row + 0.5)));
}

/**
 * Draw all cells of a colour as one path, because filling one path is cheaper than filling hundreds.
 * @param {Surface} surface
 * @param {Placed[]} all
 */
function drawCells({ ctx, colour, font, sizePx }, all) {
  for (const [series, cells] of groupBy(all, ({ cell }) => cell.colour)) {
    ctx.fillStyle = colour(seriesProperty(series));
    ctx.beginPath();
    for (const { x, y, width, height } of cells) ctx.roundRect(x, y, width, height, RADIUS_PX);
    ctx.fill();
  }
  if (all.length === 0) return;
  ctx.fillStyle = colour("--on-series");
  ctx.textAlign = "center";
  const letterPx = letterPxOf(all[0], sizePx("--text-s"));
  ctx.font = font(letterPx, 700);
  for (const { x, y, width, height, cell } of all) {
    const isTight = cell.isWrong && cell.letter.length > 1;
    const [left, right] = isTight ? [EDGE_PX, rightOfNumber(width, height, letterPx, sizePx("--text-s"))] : [0, width];
    drawText(ctx, cell.letter, x + (left + right) / 2, y + height / 2, right - left);
  }
}

/**
 * @param {Placed} cell any cell, because all have one size
 * @param {number} emPx
 * @returns {number} the size of the letters around the grid, or a larger one in a large cell
 */
function letterPxOf({ width, height }, emPx) {
  const large = Math.min(LARGE_LETTER.mostEm * emPx, LARGE_LETTER.share * Math.min(width, height));
  return Math.max(large, Math.min(emPx, LETTER_SHARE * height));
}

/**
 * Classes beyond the number of letters have numbers, which are wider.
 * @param {number} width of a cell @param {number} height @param {number} letterPx @param {number} emPx
 * @returns {number} right edge of the space that the corner leaves for a number
 */
function rightOfNumber(width, height, letterPx, emPx) {
  return Math.min(width - EDGE_PX, width - cornerOf(width, emPx) + height / 2 - HALF_LETTER * letterPx);
}

/** @param {number} width of a cell @param {number} emPx @returns {number} side of the corner */
function cornerOf(width, emPx) {
  return Math.min(CORNER.share * width, CORNER.mostEm * emPx);
}

/**
 * Draw an edge around each wrong cell, and a corner in the colour of its true class.
 * @param {Surface} surface
 * @param {Placed[]} all
 */
function drawWrongOnes({ ctx, colour, sizePx }, all) {
  const emPx = sizePx("--text-s");
  ctx.beginPath();
  for (const { x, y, width, height } of all) ctx.rect(x + 1, y + 1, width - 2, height - 2);
  ctx.strokeStyle = colour("--text");
  ctx.lineWidth = Math.max(2, emPx / LINE_EM);
  ctx.stroke();
  for (const [truth, cells] of groupBy(all, ({ cell }) => cell.truth?.colour ?? 0)) {
    ctx.fillStyle = colour(seriesProperty(truth));
    ctx.beginPath();
    for (const { x, y, width } of cells) traceCorner(ctx, x + width, y, cornerOf(width, emPx));
    ctx.fill();
  }
  ctx.beginPath();
  for (const { x, y, width } of all) {
    ctx.moveTo(x + width - cornerOf(width, emPx), y);
    ctx.lineTo(x + width, y + cornerOf(width, emPx));
  }
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} right @param {number} top @param {number} side */
function traceCorner(ctx, right, top, side) {
  ctx.moveTo(right - side, top);
  ctx.lineTo(right, top);
  ctx.lineTo(right, top + side);
  ctx.closePath();
}

/** @param {Surface} surface @param {Placed} placed */
function outline({ ctx, colour }, { x, y, width, height }) {
  ctx.strokeStyle = colour("--focus");
  ctx.lineWidth = 3;
  ctx.strokeRect(x + 1, y + 1, width - 2, height - 2);
}
