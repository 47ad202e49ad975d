// @ts-check
/** A 2-D picture of a data set: one mark per row, its colour and shape by class. */

import { buildFigure, clearSheet, describe, paintLegend } from "../canvas.js";
import { once } from "../dom.js";
import { countText, plural } from "../format.js";
import { TRACES } from "../marks.js";
import { seriesOf, seriesProperty } from "../palette.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No embedding has been sent yet.",
  example: { type: "embedding", points: [[0, 0], [1, 2], [3, 1]], labels: ["benign", "phishing", "benign"] },
};

const MARGIN_PX = 10;

/**
 * @typedef {{name: string, colour: number, mark: number, points: [number, number][], detail: string}} PointClass
 * @typedef {{left: number, right: number, low: number, high: number}} Extent
 * @typedef {{classes: PointClass[], extent: Extent, sentence: string}} Model
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} of the newest embedding
 */
export function model(view, context) {
  const { points, labels, method } = valuesOf(view, context).at(-1);
  const classes = classesOf(points, labels);
  const names = classes.map(({ name }) => name).join(", ");
  const counts = `${plural(points.length, "point")} in ${plural(classes.length, "class", "classes")}`;
  return { classes, extent: extentOf(points), sentence: `${method ?? "Embedding"}: ${counts}: ${names}` };
}

/** @param {[number, number][]} points @param {string[]} labels @returns {PointClass[]} */
function classesOf(points, labels) {
  /** @type {Map<string, PointClass>} */
  const classes = new Map();
  for (const [name, series] of seriesOf(labels)) classes.set(name, { name, ...series, points: [], detail: "" });
  points.forEach((point, index) => classes.get(labels[index])?.points.push(point));
  for (const pointClass of classes.values()) pointClass.detail = countText(pointClass.points.length);
  return [...classes.values()];
}

/** @param {[number, number][]} points @returns {Extent} */
function extentOf(points) {
  const extent = { left: Infinity, right: -Infinity, low: Infinity, high: -Infinity };
  for (const [x, y] of points) {
    extent.left = Math.min(extent.left, x);
    extent.right = Math.max(extent.right, x);
    extent.low = Math.min(extent.low, y);
    extent.high = Math.max(extent.high, y);
  }
  return extent;
}

/**
 * One scale for both axes, as distances are what an embedding shows.
 * @param {Extent} extent
 * @param {number} width
 * @param {number} height
 * @returns {(point: [number, number]) => [number, number]}
 */
export function placeIn(extent, width, height) {
  const { left, right, low, high } = extent;
  const across = (width - 2 * MARGIN_PX) / (right - left || 1);
  const up = (height - 2 * MARGIN_PX) / (high - low || 1);
  const scale = Math.max(0, Math.min(across, up));
  return ([x, y]) => [width / 2 + (x - (left + right) / 2) * scale, height / 2 - (y - (low + high) / 2) * scale];
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every point
 */
export function table(view, context) {
  const { points, labels } = valuesOf(view, context).at(-1);
  return { columns: ["x", "y", "class"], rows: points.map((/** @type {number[]} */ [x, y], /** @type {number} */ index) => [x, y, labels[index]]) };
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, { classes, extent, sentence }) {
  const figure = once(element, buildFigure);
  describe(figure, sentence);
  paintLegend(figure.legend, classes);
  const { pen, width, height, colour } = clearSheet(figure.canvas);
  const place = placeIn(extent, width, height);
  const count = classes.reduce((sum, { points }) => sum + points.length, 0);
  const radius = count > 2000 ? 1.6 : count > 400 ? 2.4 : 3.4;
  pen.globalAlpha = 0.8;
  for (const { points, colour: index, mark } of classes) {
    pen.fillStyle = colour(seriesProperty(index));
    pen.beginPath();
    for (const point of points) TRACES[mark](pen, ...place(point), radius);
    pen.fill();
  }
  pen.globalAlpha = 1;
}
