// @ts-check
/** Lanes of cells on a canvas: where each is, how it is drawn, and how keys move over it. */

import { clearSheet, shortNamesOn, write } from "./canvas.js";
import { hostLabels } from "./format.js";

export const CELLS = 60;
const SHADES = 5;
const LANE_EM = { least: 0.92, most: 9 };
const COLUMN_GAP_EM = 1.75;
const LABEL = { share: 0.32, mostEm: 14, gapEm: 0.6 };
const COUNT = { em: 3, mostShare: 0.3, digitsShare: 0.5, gapEm: 0.4 };
const LEAST_COLUMN_EM = 5;
const LETTER_SHARE = 0.8; // of a lane's height
const MARK = { leastPx: 1.5, mostEm: 0.25 };

/**
 * @typedef {{lane: number, cell: number}} Place `cell` from 0 (oldest) to 59 (newest)
 * @typedef {ReturnType<typeof layOut>} Layout
 * @typedef {import("./scenes/live_detection.js").Lane} Lane
 */

/**
 * Where lanes go: in as many columns as keep their names legible; `lanes` says how many of them have room.
 * @param {number} all lanes there are
 * @param {number} width
 * @param {number} height
 * @param {number} [emPx]
 * @param {number} [namePx] how long the longest name is
 * @param {number} [countEm] how long the longest count of alerts is, with its sign and gaps, in sizes of its letters
 */
export function layOut(all, width, height, emPx = 13, namePx = Infinity, countEm = COUNT.em) {
  const perColumn = Math.max(1, Math.floor(height / (LANE_EM.least * emPx)));
  const gap = COLUMN_GAP_EM * emPx;
  const mostColumns = Math.max(1, Math.floor((width + gap) / (LEAST_COLUMN_EM * emPx + gap)));
  const columns = Math.min(mostColumns, Math.max(1, Math.ceil(all / perColumn)));
  const lanes = Math.min(all, columns * perColumn);
  const rows = Math.max(1, Math.ceil(lanes / columns));
  const laneHeight = Math.min(LANE_EM.most * emPx, height / rows);
  const columnWidth = (width - (columns - 1) * gap) / columns;
  const labelWidth = Math.min(namePx + LABEL.gapEm * emPx, LABEL.mostEm * emPx, columnWidth * LABEL.share);
  // A column that is too narrow for the sign beside the count has the count alone; its letters are bold all the same.
  const countPx = countEm * Math.min(emPx, laneHeight * LETTER_SHARE);
  const hasSign = countPx <= columnWidth * COUNT.mostShare;
  const countWidth = hasSign ? countPx : Math.min(countPx * COUNT.digitsShare, columnWidth * COUNT.mostShare);
  const cellWidth = (columnWidth - labelWidth - countWidth) / CELLS;
  const xOf = (/** @type {number} */ lane) => Math.floor(lane / rows) * (columnWidth + gap);
  const yOf = (/** @type {number} */ lane) => (lane % rows) * laneHeight;
  const placeAt = (/** @type {number} */ x, /** @type {number} */ y) => {
    const column = Math.floor(x / (columnWidth + gap));
    const [row, cell] = [Math.floor(y / laneHeight), Math.floor((x - column * (columnWidth + gap) - labelWidth) / cellWidth)];
    const lane = column * rows + row;
    return row < rows && cell >= 0 && cell < CELLS && lane < lanes ? { lane, cell } : null;
  };
  return { lanes, rows, hasSign, laneHeight, columnWidth, labelWidth, countWidth, cellWidth, xOf, yOf, placeAt };
}

/** @param {Layout} layout @param {Place} place @returns {{x: number, y: number}} the middle of a cell */
export function pointAt({ xOf, yOf, labelWidth, cellWidth, laneHeight }, { lane, cell }) {
  return { x: xOf(lane) + labelWidth + (cell + 0.5) * cellWidth, y: yOf(lane) + laneHeight / 2 };
}

/**
 * @param {string} key
 * @param {Place | null} from null: begin with the first lane's newest cell
 * @param {number} lanes
 * @returns {Place | undefined} undefined for a key that moves nothing
 */
export function steppedTo(key, from, lanes) {
  /** @type {Record<string, [number, number]>} */
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (!Object.hasOwn(steps, key)) return undefined;
  if (from === null) return { lane: 0, cell: CELLS - 1 };
  const within = (/** @type {number} */ value, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, value));
  return { lane: within(from.lane + steps[key][0], lanes), cell: within(from.cell + steps[key][1], CELLS) };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Lane[]} all lanes
 * @param {Place | null} active outlined
 * @returns {Layout}
 */
export function drawLanes(canvas, all, active) {
  const sheet = clearSheet(canvas);
  const emPx = sheet.sizePx("--text-m");
  const hosts = all.map(({ host }) => host);
  const names = hosts.map(hostLabels(hosts));
  const layout = layOut(all.length, sheet.width, sheet.height, emPx, longestOf(sheet, names, emPx), countEmOf(sheet, all));
  const lanes = all.slice(0, layout.lanes);
  drawCells(sheet, layout, lanes);
  const size = Math.min(emPx, layout.laneHeight * LETTER_SHARE);
  // In bold for all of them: one rule for those that alert and those that do not, and no name changes when its host begins to.
  const labels = shortNamesOn(canvas, sheet, names.slice(0, lanes.length), layout.labelWidth - LABEL.gapEm * size, sheet.font(size, 700));
  lanes.forEach((lane, index) => drawNames(sheet, layout, { ...lane, host: labels[index] }, layout.xOf(index), layout.yOf(index)));
  if (active && lanes[active.lane]) outline(sheet, layout, active);
  return layout;
}

/**
 * How long the longest name is while its host alerts: cells keep their places when it begins to.
 * @param {import("./canvas.js").Sheet} sheet
 * @param {string[]} labels
 * @param {number} emPx
 */
function longestOf({ pen, font }, labels, emPx) {
  pen.font = font(emPx, 700);
  return Math.max(0, ...labels.map((label) => pen.measureText(label).width));
}

/** @param {import("./canvas.js").Sheet} sheet @param {Lane[]} lanes @returns {number} `countEm` of `layOut` */
function countEmOf({ pen, font }, lanes) {
  const most = Math.max(0, ...lanes.map(({ alerts }) => alerts));
  const px = 100;
  pen.font = font(px, 600);
  return pen.measureText(`▲${"0".repeat(String(most).length)}`).width / px + 2 * COUNT.gapEm;
}

/**
 * Its host's name, and how many alerts it has, with a sign beside its newest window while that alerts.
 * @param {import("./canvas.js").Sheet} sheet
 * @param {Layout} layout
 * @param {Lane} lane
 * @param {number} x @param {number} y
 */
function drawNames({ pen, colour, font, sizePx }, { laneHeight, hasSign, countWidth, columnWidth }, { host, cells, alerts }, x, y) {
  const isAlerting = cells.at(-1)?.alert ?? false;
  const size = Math.min(sizePx("--text-m"), laneHeight * LETTER_SHARE);
  const middle = y + laneHeight / 2;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.font = font(size, isAlerting ? 700 : 400);
  pen.fillStyle = colour(isAlerting ? "--alert-text" : "--text");
  write(pen, host, x, middle);
  if (alerts === 0) return;
  pen.textAlign = "right";
  pen.font = font(size, 600);
  pen.fillStyle = colour("--alert-text");
  write(pen, `${alerts}`, x + columnWidth, middle);
  pen.textAlign = "left";
  if (isAlerting && hasSign) write(pen, "▲", x + columnWidth - countWidth + COUNT.gapEm * size, middle);
}

/**
 * All cells of a colour together: to change the colour costs more than to fill a cell.
 * @param {import("./canvas.js").Sheet} sheet
 * @param {Layout} layout
 * @param {Lane[]} lanes
 */
function drawCells({ pen, colour, sizePx }, layout, lanes) {
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
    pen.fillStyle = colour(property);
    const across = property === "--track" ? cellWidth * (CELLS - 1) + width : width;
    for (const [x, y] of all) pen.fillRect(x, y, across, height);
  }
  pen.fillStyle = colour("--alert-mark");
  const stroke = Math.max(Math.min(cellWidth / 3, MARK.leastPx), Math.min(cellWidth / 4, MARK.mostEm * sizePx("--text-m")));
  for (const [x, y] of places.get("--alert") ?? []) drawAlertMark(pen, x + width / 2, y, height, stroke);
}

/** @param {number} score @returns {number} 1 to 5 */
export function shadeOf(score) {
  return Math.min(SHADES, 1 + Math.floor(score * SHADES));
}

/**
 * A stroke with a dot, so that an alert is told from a high score without colour.
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x @param {number} y @param {number} height @param {number} width
 */
function drawAlertMark(pen, x, y, height, width) {
  const [stroke, gap] = [Math.min(height * 0.4, 4 * width), Math.min(height * 0.12, width)];
  const dot = Math.max(1.5, Math.min(height * 0.14, 1.2 * width));
  const top = y + (height - stroke - gap - dot) / 2;
  pen.fillRect(x - width / 2, top, width, stroke);
  pen.fillRect(x - width / 2, top + stroke + gap, width, dot);
}

/** @param {import("./canvas.js").Sheet} sheet @param {Layout} layout @param {Place} place */
function outline({ pen, colour }, layout, place) {
  const { x, y } = pointAt(layout, place);
  pen.strokeStyle = colour("--text");
  pen.lineWidth = 2;
  pen.strokeRect(x - layout.cellWidth / 2 - 0.5, y - layout.laneHeight / 2 - 1, layout.cellWidth, layout.laneHeight);
}
