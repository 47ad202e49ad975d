// @ts-check
/** The newest scored windows of each host: one lane per host, one cell per window, newest right. */

import { buildFigure, clearSheet, describe } from "../canvas.js";
import { once } from "../dom.js";
import { byName, plural } from "../format.js";
import { entriesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No window of a host has been scored yet.",
  example: { type: "live_detection", host_id: "lab-1", score: 0.82, alert: true },
};

export const CELLS = 60;
const SHADES = 5;
const LANE_PX = { least: 13, most: 44 };
const COLUMN_GAP_PX = 20;
const LABEL = { share: 0.25, mostPx: 120 };

/**
 * @typedef {{score: number, alert: boolean}} Cell
 * @typedef {{host: string, cells: Cell[]}} Lane
 * @typedef {{lanes: Lane[], sentence: string}} Model
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} lanes by host name; cells oldest first
 */
export function model(view, context) {
  /** @type {Map<string, Cell[]>} */
  const cellsOf = new Map();
  for (const { value } of entriesOf(view, context)) {
    const cells = cellsOf.get(value.host_id) ?? [];
    cells.push({ score: value.score, alert: value.alert });
    cellsOf.set(value.host_id, cells);
  }
  const lanes = [...cellsOf].map(([host, cells]) => ({ host, cells: cells.slice(-CELLS) }));
  lanes.sort((a, b) => byName(a.host, b.host));
  return { lanes, sentence: sentenceOf(lanes) };
}

/** @param {Lane[]} lanes */
function sentenceOf(lanes) {
  const cells = lanes.flatMap((lane) => lane.cells);
  const alerts = cells.filter((cell) => cell.alert).length;
  const calling = lanes.filter((lane) => lane.cells.at(-1)?.alert).map((lane) => lane.host);
  const now = calling.length ? `; alerting now: ${calling.join(", ")}` : "";
  return `${plural(alerts, "alert")} in the newest ${plural(cells.length, "window")} of ${plural(lanes.length, "host")}${now}`;
}

/**
 * Where lanes go: in as many columns as keep their names legible.
 * @param {number} lanes
 * @param {number} width
 * @param {number} height
 */
export function layOut(lanes, width, height) {
  const perColumn = Math.max(1, Math.floor(height / LANE_PX.least));
  const columns = Math.max(1, Math.ceil(lanes / perColumn));
  const rows = Math.ceil(lanes / columns);
  const laneHeight = Math.min(LANE_PX.most, height / rows);
  const columnWidth = (width - (columns - 1) * COLUMN_GAP_PX) / columns;
  const labelWidth = Math.min(LABEL.mostPx, columnWidth * LABEL.share);
  return { rows, laneHeight, columnWidth, labelWidth, cellWidth: (columnWidth - labelWidth) / CELLS };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every window, newest first
 */
export function table(view, context) {
  const rows = entriesOf(view, context).reverse().map(({ at, value: { host_id, score, alert, label, model } }) => [
    new Date(at * 1000).toISOString(), host_id, score, alert, label ?? null, model ?? null,
  ]);
  return { columns: ["time", "host", "score", "alert", "label", "model"], rows };
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, { lanes, sentence }) {
  const figure = once(element, buildFigure);
  describe(figure, sentence);
  const sheet = clearSheet(figure.canvas);
  const layout = layOut(lanes.length, sheet.width, sheet.height);
  lanes.forEach((lane, index) => {
    const x = Math.floor(index / layout.rows) * (layout.columnWidth + COLUMN_GAP_PX);
    const y = (index % layout.rows) * layout.laneHeight;
    paintLabel(sheet, layout, lane, x, y);
    paintCells(sheet, layout, lane, x + layout.labelWidth, y);
  });
}

/**
 * @param {import("../canvas.js").Sheet} sheet
 * @param {ReturnType<typeof layOut>} layout
 * @param {Lane} lane
 * @param {number} x @param {number} y
 */
function paintLabel({ pen, colour, font }, { laneHeight, labelWidth }, lane, x, y) {
  pen.font = font(Math.min(14, laneHeight * 0.8));
  pen.fillStyle = colour(lane.cells.at(-1)?.alert ? "--alert-text" : "--text");
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(shortened(pen, lane.host, labelWidth - 8), x, y + laneHeight / 2);
}

/**
 * @param {import("../canvas.js").Sheet} sheet
 * @param {ReturnType<typeof layOut>} layout
 * @param {Lane} lane
 * @param {number} x @param {number} y
 */
function paintCells({ pen, colour }, { laneHeight, cellWidth }, { cells }, x, y) {
  const height = laneHeight - Math.min(3, laneHeight * 0.2);
  const gap = cellWidth > 4 ? 1 : 0;
  pen.fillStyle = colour("--track");
  pen.fillRect(x, y, cellWidth * CELLS - gap, height);
  cells.forEach((cell, index) => {
    const left = x + (CELLS - cells.length + index) * cellWidth;
    pen.fillStyle = colour(cell.alert ? "--alert" : `--heat-${shadeOf(cell.score)}`);
    pen.fillRect(left, y, cellWidth - gap, height);
    if (cell.alert) paintAlertMark(pen, colour("--alert-mark"), left + (cellWidth - gap) / 2, y, height);
  });
}

/** @param {number} score @returns {number} 1 to 5 */
function shadeOf(score) {
  return Math.min(SHADES, 1 + Math.floor(score * SHADES));
}

/**
 * A stroke with a dot, so that an alert is told from a high score without colour.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} colour
 * @param {number} x @param {number} y @param {number} height
 */
function paintAlertMark(pen, colour, x, y, height) {
  pen.fillStyle = colour;
  pen.fillRect(x - 1, y + height * 0.18, 2, height * 0.38);
  pen.fillRect(x - 1, y + height * 0.7, 2, Math.max(1.5, height * 0.12));
}

/** @param {CanvasRenderingContext2D} pen @param {string} text @param {number} width */
function shortened(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && pen.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
