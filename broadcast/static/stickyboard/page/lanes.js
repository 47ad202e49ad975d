// @ts-check
/** Lanes of cells on a canvas: their layout, drawing them, and moving between cells with keys. */

import { clearCanvas, drawText, shortNamesOn } from "./canvas.js";
import { ARROW_STEPS } from "./cells.js";
import { hostLabels } from "./format.js";

export const CELLS = 60;
const SHADES = 5;
const LANE_EM = { least: 0.92, most: 9 };
const COLUMN_GAP_EM = 1.75;
const LABEL = { share: 0.32, mostEm: 14, gapEm: 0.6 };
const COUNT = { em: 3, mostShare: 0.3, digitsShare: 0.5, gapEm: 0.4 };
const MIN_COLUMN_EM = 5;
const LETTER_SHARE = 0.8; // of a lane's height
const MARK = { leastPx: 1.5, mostEm: 0.25 };

/**
 * @typedef {{lane: number, cell: number}} Place `cell` from 0 (oldest) to 59 (newest)
 * @typedef {ReturnType<typeof layOut>} Layout
 * @typedef {import("./scenes/live_detection.js").Lane} Lane
 */

/**
 * Lay lanes out in as many columns as leave their names legible; `lanes` is the number that has room.
 * @param {number} all number of lanes
 * @param {number} width
 * @param {number} height
 * @param {number} [emPx]
 * @param {number} [namePx] width of the longest name
 * @param {number} [countEm] width of the longest count of alerts with its symbol and gaps, in sizes of its letters
 */
export function layOut(all, width, height, emPx = 13, namePx = Infinity, countEm = COUNT.em) {
  const perColumn = Math.max(1, Math.floor(height / (LANE_EM.least * emPx)));
  const gap = COLUMN_GAP_EM * emPx;
  const mostColumns = Math.max(1, Math.floor((width + gap) / (MIN_COLUMN_EM * emPx + gap)));
  const columns = Math.min(mostColumns, Math.max(1, Math.ceil(all / perColumn)));
  const lanes = Math.min(all, columns * perColumn);
  const rows = Math.max(1, Math.ceil(lanes / columns));
  const laneHeight = Math.min(LANE_EM.most * emPx, height / rows);
  const columnWidth = (width - (columns - 1) * gap) / columns;
  const labelWidth = Math.min(namePx + LABEL.gapEm * emPx, LABEL.mostEm * emPx, columnWidth * LABEL.share);
  // A column that is too narrow for the symbol has the count alone; its letters are bold all the same.
  const countPx = countEm * Math.min(emPx, laneHeight * LETTER_SHARE);
  const hasSymbol = countPx <= columnWidth * COUNT.mostShare;
  const countWidth = hasSymbol ? countPx : Math.min(countPx * COUNT.digitsShare, columnWidth * COUNT.mostShare);
  const cellWidth = (columnWidth - labelWidth - countWidth) / CELLS;
  const xOf = (/** @type {number} */ lane) => Math.floor(lane / rows) * (columnWidth + gap);
  const yOf = (/** @type {number} */ lane) => (lane % rows) * laneHeight;
  const placeAt = (/** @type {number} */ x, /** @type {number} */ y) => {
    const column = Math.floor(x / (columnWidth + gap));
    const [row, cell] = [Math.floor(y / laneHeight), Math.floor((x - column * (columnWidth + gap) - labelWidth) / cellWidth)];
    const lane = column * rows + row;
    return row < rows && cell >= 0 && cell < CELLS && lane < lanes ? { lane, cell } : null;
  };
  return { lanes, rows, hasSymbol, laneHeight, columnWidth, labelWidth, countWidth, cellWidth, xOf, yOf, placeAt };
}

/** @param {Layout} layout @param {Place} place @returns {{x: number, y: number}} the middle of a cell */
export function pointAt({ xOf, yOf, labelWidth, cellWidth, laneHeight }, { lane, cell }) {
  return { x: xOf(lane) + labelWidth + (cell + 0.5) * cellWidth, y: yOf(lane) + laneHeight / 2 };
}

/**
 * @param {string} key
 * @param {Place | null} from null to begin with the first lane's newest cell
 * @param {number} lanes
 * @returns {Place | undefined} undefined for a key that does not move
 */
export function steppedTo(key, from, lanes) {
  if (!Object.hasOwn(ARROW_STEPS, key)) return undefined;
  if (from === null) return { lane: 0, cell: CELLS - 1 };
  const within = (/** @type {number} */ value, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, value));
  const [down, right] = ARROW_STEPS[key];
  return { lane: within(from.lane + down, lanes), cell: within(from.cell + right, CELLS) };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Lane[]} all lanes
 * @param {Place | null} active outlined
 * @returns {Layout}
 */
export function drawLanes(canvas, all, active) {
  const surface = clearCanvas(canvas);
  const emPx = surface.sizePx("--text-m");
  const hosts = all.map(({ host }) => host);
  const names = hosts.map(hostLabels(hosts));
  const layout = layOut(all.length, surface.width, surface.height, emPx, longestOf(surface, names, emPx), countEmOf(surface, all));
  const lanes = all.slice(0, layout.lanes);
  drawCells(surface, layout, lanes);
  const size = Math.min(emPx, layout.laneHeight * LETTER_SHARE);
  // Measured in bold for all, so that no name changes when its host begins to alert.
  const labels = shortNamesOn(canvas, surface, names.slice(0, lanes.length), layout.labelWidth - LABEL.gapEm * size, surface.font(size, 700));
  lanes.forEach((lane, index) => drawNames(surface, layout, { ...lane, host: labels[index] }, layout.xOf(index), layout.yOf(index)));
  if (active && lanes[active.lane]) outline(surface, layout, active);
  return layout;
}

/**
 * Measure the longest name in bold, so that cells do not move when its host begins to alert.
 * @param {import("./canvas.js").Surface} surface
 * @param {string[]} labels
 * @param {number} emPx
 */
function longestOf({ ctx, font }, labels, emPx) {
  ctx.font = font(emPx, 700);
  return Math.max(0, ...labels.map((label) => ctx.measureText(label).width));
}

/** @param {import("./canvas.js").Surface} surface @param {Lane[]} lanes @returns {number} `countEm` of `layOut` */
function countEmOf({ ctx, font }, lanes) {
  const most = Math.max(0, ...lanes.map(({ alerts }) => alerts));
  const px = 100;
  ctx.font = font(px, 600);
  return ctx.measureText(`▲${"0".repeat(String(most).length)}`).width / px + 2 * COUNT.gapEm;
}

/**
 * Draw a host's name and its number of alerts, with a symbol while its newest window alerts.
 * @param {import("./canvas.js").Surface} surface
 * @param {Layout} layout
 * @param {Lane} lane
 * @param {number} x @param {number} y
 */
function drawNames({ ctx, colour, font, sizePx }, { laneHeight, hasSymbol, countWidth, columnWidth }, { host, cells, alerts }, x, y) {
  const isAlerting = cells.at(-1)?.alert ?? false;
  const size = Math.min(sizePx("--text-m"), laneHeight * LETTER_SHARE);
  const middle = y + laneHeight / 2;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.font = font(size, isAlerting ? 700 : 400);
  ctx.fillStyle = colour(isAlerting ? "--alert-text" : "--text");
  drawText(ctx, host, x, middle);
  if (alerts === 0) return;
  ctx.textAlign = "right";
  ctx.font = font(size, 600);
  ctx.fillStyle = colour("--alert-text");
  drawText(ctx, `${alerts}`, x + columnWidth, middle);
  ctx.textAlign = "left";
  if (isAlerting && hasSymbol) drawText(ctx, "▲", x + columnWidth - countWidth + COUNT.gapEm * size, middle);
}

/**
 * Draw all cells of a colour together, because changing the colour costs more than filling a cell.
 * @param {import("./canvas.js").Surface} surface
 * @param {Layout} layout
 * @param {Lane[]} lanes
 */
function drawCells({ ctx, colour, sizePx }, layout, lanes) {
  const { laneHeight, labelWidth, cellWidth } = layout;
  const height = laneHeight - Math.max(1, Math.min(4, laneHeight * 0.15));
  const width = cellWidth - (cellWidth > 4 ? 1 : 0);
  /** @type {Map<string, [number, number][]>} */
  const places = new Map([["--track", []], ["--alert", []]]);
  for (let shade = 1; shade <= SHADES; shade += 1) places.set(`--heat-${shade}`, []);
  lanes.forEach(({ cells }, lane) => {
    const [x, y] = [layout.xOf(lane) + labelWidth, layout.yOf(lane)];
    places.get("--track")?.push([x, y]);
    cells.forEach(({ score, alert }, index) => {
      const left = x + (CELLS - cells.length + index) * cellWidth;
      places.get(alert ? "--alert" : `--heat-${shadeOf(score)}`)?.push([left, y]);
    });
  });
  for (const [property, all] of places) {
    ctx.fillStyle = colour(property);
    const across = property === "--track" ? cellWidth * (CELLS - 1) + width : width;
    for (const [x, y] of all) ctx.fillRect(x, y, across, height);
  }
  ctx.fillStyle = colour("--alert-mark");
  const stroke = Math.max(Math.min(cellWidth / 3, MARK.leastPx), Math.min(cellWidth / 4, MARK.mostEm * sizePx("--text-m")));
  for (const [x, y] of places.get("--alert") ?? []) drawAlertMark(ctx, x + width / 2, y, height, stroke);
}

/** @param {number} score @returns {number} 1 to 5 */
export function shadeOf(score) {
  return Math.min(SHADES, 1 + Math.floor(score * SHADES));
}

/**
 * Draw an exclamation mark, so that an alert differs from a high score in more than colour.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x @param {number} y @param {number} height @param {number} width
 */
function drawAlertMark(ctx, x, y, height, width) {
  const [stroke, gap] = [Math.min(height * 0.4, 4 * width), Math.min(height * 0.12, width)];
  const dot = Math.max(1.5, Math.min(height * 0.14, 1.2 * width));
  const top = y + (height - stroke - gap - dot) / 2;
  ctx.fillRect(x - width / 2, top, width, stroke);
  ctx.fillRect(x - width / 2, top + stroke + gap, width, dot);
}

/** @param {import("./canvas.js").Surface} surface @param {Layout} layout @param {Place} place */
function outline({ ctx, colour }, layout, place) {
  const { x, y } = pointAt(layout, place);
  ctx.strokeStyle = colour("--text");
  ctx.lineWidth = 2;
  ctx.strokeRect(x - layout.cellWidth / 2 - 0.5, y - layout.laneHeight / 2 - 1, layout.cellWidth, layout.laneHeight);
}
