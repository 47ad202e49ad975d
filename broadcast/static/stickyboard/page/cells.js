// @ts-check
/** Draws rows of cells on a canvas, with their names, and selects a cell with a pointer, a finger or keys. */

import { boxOf, gridOf, layOut, placeAt, steppedTo } from "./cell_layout.js";
import { buildFigure, clearCanvas, drawText, shortNamesOn, textWidth } from "./canvas.js";
import { announce, listenToKeys, requestPaint, setStyle } from "./dom.js";
import { hostLabels } from "./format.js";
import { hiddenText, partOf } from "./not_shown.js";
import { paintTooltip, tooltipText } from "./tooltip.js";
import { groupBy } from "./view.js";

const MAX_MEASURED = 1000;
const MAX_PHONE_ROWS = 64; // on a phone, a scene is as high as its rows
const LETTER_SHARE = 0.8; // of a row's height
const LARGE_LETTER = { share: 0.5, mostEm: 2 };
const END_GAP_EM = 0.4;
const CORNER_EM = 1.5; // height of a line above the names
const RADIUS_PX = 2;
const ROUNDED_PX = 8; // narrower cells have no rounded corners
const INSIDE_PX = 10;
const MARK = "▲";

/**
 * @typedef {import("./cell_layout.js").Cell} Cell
 * @typedef {import("./cell_layout.js").Box} Box
 * @typedef {ReturnType<typeof buildCells>} Parts
 */

/**
 * @template {Cell} [C=Cell]
 * @typedef {import("./cell_layout.js").Row<C>} Row
 */

/**
 * @template {Cell} C
 * @typedef {{box: Box, cell: C, row: Row<C>}} Placed
 */

/**
 * @template {Cell} C
 * @typedef {{surface: Surface, grid: import("./cell_layout.js").Grid<C>, placed: Placed<C>[], emPx: number}} Drawing
 */

/** @param {HTMLElement} element of the scene @returns the figure, and the selected cell, which input events change */
export function buildCells(element) {
  const figure = buildFigure(element);
  const parts = {
    figure,
    chosen: /** @type {import("./cell_layout.js").Place | null} */ (null),
    isToAnnounce: false,
    grid: /** @type {import("./cell_layout.js").Grid<any> | null} */ (null),
  };
  listen(parts);
  return parts;
}

/** @param {Parts} parts */
function listen(parts) {
  const { frame, canvas } = parts.figure;
  const choose = (/** @type {Parts["chosen"]} */ chosen, isToAnnounce = false) => {
    Object.assign(parts, { chosen, isToAnnounce });
    requestPaint(canvas);
  };
  const point = (/** @type {PointerEvent} */ { offsetX, offsetY }) => choose(parts.grid && placeAt(parts.grid, offsetX, offsetY));
  for (const type of /** @type {const} */ (["pointerdown", "pointermove"])) canvas.addEventListener(type, point);
  // A lifted finger leaves its cell selected until it touches something else or scrolls.
  canvas.addEventListener("pointerleave", ({ pointerType }) => pointerType === "touch" || choose(null));
  canvas.addEventListener("pointercancel", () => choose(null));
  frame.addEventListener("blur", () => choose(null));
  listenToKeys(frame, "Arrow keys move from cell to cell.", (key) => {
    const isEnd = key === "Escape" && parts.chosen !== null;
    const next = isEnd ? null : steppedTo(key, parts.chosen, parts.grid?.rows ?? []);
    if (next !== undefined) choose(next, next !== null);
    return next !== undefined;
  });
}

/**
 * Clear the canvas, lay out the rows, and draw their names.
 * @template {Cell} C
 * @param {Parts} parts
 * @param {Row<C>[]} rows
 * @param {{units: number, headEm?: number | ((surface: Surface, cellWidth: number) => number), footEm?: number, corner?: string[], endTexts?: string[],
 *   endColour?: string, startsOf?: (units: number) => {first: number, lead?: string}[]}} wanted `corner` are texts above
 *   the names, `endTexts` more texts behind the cells, and
 *   `startsOf` returns the first unit of each row, and a text beside its name, from the number of units that are drawn
 * @param {import("./cell_layout.js").Shape} shape
 * @returns {Drawing<C>}
 */
export function drawRows(parts, rows, wanted, shape) {
  const { figure: { figure, canvas } } = parts;
  setStyle(figure, "--figure-rows", String(Math.min(MAX_PHONE_ROWS, rows.length + 1)));
  const surface = clearCanvas(canvas);
  const emPx = surface.sizePx("--text-m");
  const names = rows.map(({ name }) => name).map(hostLabels(rows.map(({ name }) => name)));
  const namePx = Math.max(widestOf(surface, [wanted.corner?.join("  ") ?? ""], surface.sizePx("--text-s")), widestOf(surface, names, emPx));
  const sizes = { ...wanted, headEm: 0, rows: rows.length, namePx, ...endWidthsOf(surface, rows, wanted.endTexts ?? [], emPx) };
  const { headEm = 0 } = wanted;
  const head = typeof headEm === "number" ? headEm : headEm(surface, layOut(sizes, surface, emPx, shape).cellWidth);
  const layout = layOut({ ...sizes, headEm: head }, surface, emPx, shape);
  const starts = wanted.startsOf?.(layout.units);
  const grid = gridOf(layout, starts ? rows.map((row, index) => ({ ...row, ...starts[index] })) : rows);
  parts.grid = grid;
  drawNames(canvas, surface, grid, names, wanted.endColour ?? "--muted", emPx);
  drawCorner(surface, wanted.corner ?? [], layout, emPx);
  const placed = grid.rows.flatMap((row, index) => row.cells.map((cell) => ({ box: boxOf(grid, index, cell, devicePixelRatio), cell, row })));
  return { surface, grid, placed, emPx };
}

/** Measure in bold, so that cells do not move when a row is marked. @param {Surface} surface @param {string[]} texts @param {number} sizePx */
export function widestOf({ ctx, font }, texts, sizePx) {
  const bold = font(sizePx, 700);
  return Math.max(0, ...texts.slice(0, MAX_MEASURED).map((text) => textWidth(ctx, bold, text)));
}

/** @param {Surface} surface @param {Row<any>[]} rows @param {string[]} more @param {number} emPx */
function endWidthsOf(surface, rows, more, emPx) {
  const endPx = widestOf(surface, [...more, ...rows.map(({ end }) => end ?? "")], emPx);
  const canMark = rows.some(({ isMarked }) => isMarked !== undefined);
  return { endPx: endPx && endPx + END_GAP_EM * emPx, markPx: canMark ? widestOf(surface, [`${MARK} `], emPx) : 0 };
}

/** @param {HTMLCanvasElement} canvas @param {Surface} surface @param {import("./cell_layout.js").Grid<any>} grid @param {string[]} names @param {string} endColour @param {number} emPx */
function drawNames(canvas, surface, { layout, rows }, names, endColour, emPx) {
  const { ctx, colour, font } = surface;
  const { nameWidth, rowHeight, columnWidth, perColumn } = layout;
  // In rows that are lower than a letter, only some have names.
  const every = Math.max(1, Math.ceil((surface.sizePx("--text-xs") * LETTER_SHARE) / rowHeight));
  const size = Math.min(emPx, every * rowHeight * LETTER_SHARE);
  const room = nameWidth - END_GAP_EM * size;
  const leadPx = widestOf(surface, rows.map(({ lead = "" }) => lead), size);
  // Measured in bold for all, so that no name changes when its row is marked.
  const labels = shortNamesOn(canvas, surface, names.slice(0, rows.length), Math.max(size, room - leadPx), font(size, 700));
  ctx.textBaseline = "middle";
  rows.forEach(({ end, lead, isMarked = false }, row) => {
    if ((row % perColumn) % every !== 0) return;
    const [x, y] = [layout.xOf(row), layout.yOf(row) + rowHeight / 2];
    ctx.textAlign = "left";
    ctx.font = font(size, isMarked ? 700 : 400);
    ctx.fillStyle = colour(isMarked ? "--alert-text" : "--text");
    drawText(ctx, labels[row], x, y);
    ctx.textAlign = "right";
    ctx.font = font(size);
    ctx.fillStyle = colour("--muted");
    if (lead) drawText(ctx, lead, x + room, y);
    if (!end) return;
    ctx.font = font(size, 600);
    ctx.fillStyle = colour(endColour);
    drawText(ctx, isMarked && layout.hasMark ? `${MARK} ${end}` : end, x + columnWidth, y);
  });
}

/** Write texts above the names: in one line if that has room, or one below the other. @param {Surface} surface @param {string[]} texts @param {import("./cell_layout.js").Layout} layout @param {number} emPx */
function drawCorner({ ctx, colour, font, sizePx }, texts, { headPx, nameWidth }, emPx) {
  ctx.textAlign = "left";
  ctx.font = font(sizePx("--text-s"));
  ctx.fillStyle = colour("--muted");
  const isHigh = headPx >= CORNER_EM * texts.length * emPx;
  const lines = isHigh ? texts : [texts.join("  ")];
  lines.forEach((text, line) => drawText(ctx, text, 0, headPx - (lines.length - line - 0.5) * CORNER_EM * emPx, Math.max(1, nameWidth)));
}

/**
 * Fill cells, all of a colour together, because changing the colour costs more than filling a cell.
 * @template {Cell} C
 * @param {Drawing<C>} drawing
 * @param {(cell: C) => string} propertyOf
 */
export function fillCells({ surface: { ctx, colour }, placed }, propertyOf) {
  for (const [property, same] of groupBy(placed, ({ cell }) => propertyOf(cell))) {
    ctx.fillStyle = colour(property);
    ctx.beginPath();
    for (const { box: { x, y, width, height } } of same) {
      if (width < ROUNDED_PX || height < ROUNDED_PX) ctx.fillRect(x, y, width, height);
      else ctx.roundRect(x, y, width, height, RADIUS_PX);
    }
    ctx.fill();
  }
}

/**
 * @param {{grid: {rows: ArrayLike<unknown>}, placed: ArrayLike<unknown>}} drawing
 * @param {{rows: number, cells?: number}} all what is stored
 * @param {string[]} [more] results of `partOf`
 * @returns {string} what is not drawn
 */
export function hiddenIn({ grid, placed }, { rows, cells = 0 }, more = []) {
  return hiddenText([partOf(grid.rows.length, rows, "row"), partOf(placed.length, cells, "cell"), ...more], "The table has all.");
}

/** @param {Box} box @param {number} emPx @returns {number} the size of the letters around the cells, or a larger one in a large cell */
export function letterPxOf({ width, height }, emPx) {
  return Math.max(Math.min(LARGE_LETTER.mostEm * emPx, LARGE_LETTER.share * Math.min(width, height)), Math.min(emPx, LETTER_SHARE * height));
}

/** @param {Surface} surface @param {Box} box */
function outline({ ctx, colour }, { x, y, width, height }) {
  ctx.strokeStyle = colour("--focus");
  ctx.lineWidth = 3;
  ctx.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
}

/**
 * Outline the selected cell and show its tooltip; announce it if a key moved there.
 * @template {Cell} C
 * @param {HTMLElement} element of the scene
 * @param {Parts} parts
 * @param {Drawing<C>} drawing
 * @param {(row: Row<C>, cell: C) => Tooltip} tooltipOf
 */
export function paintChosen(element, parts, { surface, placed }, tooltipOf) {
  const { chosen, figure: { canvas } } = parts;
  const found = chosen && placed.find(({ row, cell }) => row.key === chosen.key && cell.id === chosen.id);
  if (!found) return paintTooltip(element, null);
  const { box, row, cell } = found;
  outline(surface, box);
  const { left, top } = canvas.getBoundingClientRect();
  const tooltip = tooltipOf(row, cell);
  paintTooltip(element, tooltip, {
    x: left + box.x + Math.max(box.width / 2, box.width - INSIDE_PX),
    y: top + box.y + Math.max(box.height / 2, box.height - INSIDE_PX),
  });
  if (parts.isToAnnounce) announce(element, tooltipText(tooltip));
  parts.isToAnnounce = false;
}
