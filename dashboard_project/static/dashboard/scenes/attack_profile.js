// @ts-check
/** Named curves over a common x; y is a share and always stands on the full scale from 0 to 1. */

import { buildFigure, clearSheet, describe, paintLegend } from "../canvas.js";
import { once } from "../dom.js";
import { byName, numberText, plural } from "../format.js";
import { TRACES } from "../marks.js";
import { seriesOf, seriesProperty } from "../palette.js";
import { valuesOf } from "../view.js";

/** @type {import("../scenes.js").Empty} */
export const empty = {
  text: "No curve has been sent yet.",
  example: { type: "attack_profile", name: "gbt", x: [0, 0.1, 0.4, 1], y: [0, 0.7, 0.9, 1] },
};

const MARGIN_PX = { left: 34, right: 10, top: 8, bottom: 36 };
const Y_TICKS = [0, 0.25, 0.5, 0.75, 1];
const X_TICKS = 5;
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

/**
 * @typedef {{name: string, x: number[], y: number[], colour: number, mark: number}} Curve
 * @typedef {{curves: Curve[], left: number, right: number, xLabel: string, yLabel: string, sentence: string}} Model
 * @typedef {{x: (value: number) => number, y: (value: number) => number}} Scale
 */

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} curves by name
 */
export function model(view, context) {
  const values = valuesOf(view, context).sort((a, b) => byName(a.name, b.name));
  const series = seriesOf(values.map(({ name }) => name));
  const curves = values.map(({ name, x, y }) => ({ name, x, y, ...(series.get(name) ?? { colour: 0, mark: 0 }) }));
  const xs = curves.flatMap(({ x }) => x);
  const [left, right] = xs.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, -Infinity]);
  const names = curves.map(({ name }) => name).join(", ");
  return {
    curves,
    ...(xs.length ? { left, right } : { left: 0, right: 1 }),
    ...labelsOf(values),
    sentence: `${plural(curves.length, "curve")} between 0 and 1: ${names}`,
  };
}

/** @param {any[]} values */
function labelsOf(values) {
  return {
    xLabel: values.find((value) => value.x_label)?.x_label ?? "",
    yLabel: values.find((value) => value.y_label)?.y_label ?? "",
  };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every point of every curve
 */
export function table(view, context) {
  const values = valuesOf(view, context).sort((a, b) => byName(a.name, b.name));
  const { xLabel, yLabel } = labelsOf(values);
  const rows = values.flatMap(({ name, x, y }) => x.map((/** @type {number} */ at, /** @type {number} */ index) => [name, at, y[index]]));
  return { columns: ["curve", xLabel || "x", yLabel || "y"], rows };
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, model) {
  const figure = once(element, buildFigure);
  describe(figure, model.sentence);
  paintLegend(figure.legend, model.curves);
  const sheet = clearSheet(figure.canvas);
  const scale = scaleOf(model, sheet);
  paintAxes(sheet, scale, model);
  paintAxisLabels(sheet, model);
  for (const curve of model.curves) paintCurve(sheet, scale, curve);
}

/** @param {Model} model @param {import("../canvas.js").Sheet} sheet @returns {Scale} */
function scaleOf({ left, right }, { width, height }) {
  const innerWidth = width - MARGIN_PX.left - MARGIN_PX.right;
  const innerHeight = height - MARGIN_PX.top - MARGIN_PX.bottom;
  return {
    x: (value) => MARGIN_PX.left + ((value - left) / (right - left || 1)) * innerWidth,
    y: (value) => MARGIN_PX.top + (1 - value) * innerHeight,
  };
}

/** @param {import("../canvas.js").Sheet} sheet @param {Scale} scale @param {Model} model */
function paintAxes({ pen, width, colour, font }, scale, { left, right }) {
  pen.font = font(11);
  pen.fillStyle = colour("--muted");
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  for (const tick of Y_TICKS) {
    pen.fillText(String(tick), MARGIN_PX.left - 6, scale.y(tick));
    rule(pen, colour("--grid"), [MARGIN_PX.left, scale.y(tick)], [width - MARGIN_PX.right, scale.y(tick)]);
  }
  for (let step = 0; step < X_TICKS; step += 1) {
    const value = left + ((right - left) * step) / (X_TICKS - 1);
    pen.textAlign = step === 0 ? "left" : step === X_TICKS - 1 ? "right" : "center";
    pen.fillText(numberText(value), scale.x(value), scale.y(0) + 11);
  }
}

/** @param {import("../canvas.js").Sheet} sheet @param {Model} model */
function paintAxisLabels({ pen, width, height }, { xLabel, yLabel }) {
  pen.textAlign = "left";
  if (yLabel) pen.fillText(`↑ ${yLabel}`, MARGIN_PX.left, height - 7);
  pen.textAlign = "right";
  if (xLabel) pen.fillText(`${xLabel} →`, width - MARGIN_PX.right, height - 7);
}

/** @param {CanvasRenderingContext2D} pen @param {string} colour @param {number[]} from @param {number[]} to */
function rule(pen, colour, from, to) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(from[0], from[1]);
  pen.lineTo(to[0], to[1]);
  pen.stroke();
}

/** @param {import("../canvas.js").Sheet} sheet @param {Scale} scale @param {Curve} curve */
function paintCurve({ pen, colour }, scale, { x, y, colour: index, mark }) {
  if (x.length === 0) return;
  pen.strokeStyle = pen.fillStyle = colour(seriesProperty(index));
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.setLineDash(DASHES[mark % DASHES.length]);
  pen.beginPath();
  x.forEach((value, at) => pen.lineTo(scale.x(value), scale.y(y[at])));
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  const marked = Math.max(1, Math.ceil(x.length / 6));
  for (let at = 0; at < x.length; at += marked) TRACES[mark](pen, scale.x(x[at]), scale.y(y[at]), 3);
  pen.fill();
}
