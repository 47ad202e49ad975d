// @ts-check
/** A data set in two dimensions: one mark per row, with colour and shape by class. */

import { describe, buildFigure } from "../canvas.js";
import { once } from "../dom.js";
import { countText, numberText, plural } from "../format.js";
import { hiddenText, namesText, partOf } from "../hidden.js";
import { Hidden, paintChoices, symbolOf } from "../legend.js";
import { visibleRowsIn } from "../computed_style.js";
import { seriesOf } from "../palette.js";
import { Points, drawLinks, drawPoints } from "../points.js";
import { isolated } from "../text.js";
import { paintTooltip } from "../tooltip.js";
import { valuesOf } from "../view.js";
import { Zoom, listenToZoom, paintZoom } from "../zoom.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No embedding yet." };

const REACH_PX = 16;

/**
 * @typedef {{name: string, colour: number, mark: number, count: number}} PointClass
 * @typedef {{classes: PointClass[], points: Points, neighbours: number[][] | null, method: string, sentence: string}} Model
 */

/** Models by snapshot: a snapshot does not change, and may be painted often. @type {WeakMap<object, Model>} */
const models = new WeakMap();

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {Model} of the newest embedding
 */
export function model(view, context) {
  const value = valuesOf(view, context).at(-1);
  const known = models.get(value) ?? modelOf(value);
  models.set(value, known);
  return known;
}

/**
 * @param {{points: [number, number][], labels: string[], neighbours?: number[][] | null, method?: string | null}} value
 * @returns {Model}
 */
function modelOf({ points, labels, neighbours, method }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const classes = [...seriesOf(counts.keys())].map(([name, series]) => ({ name, ...series, count: counts.get(name) ?? 0 }));
  const indexOf = new Map(classes.map(({ name }, index) => [name, index]));
  const names = namesText(classes.map(({ name }) => name));
  const counted = `${plural(points.length, "point")} in ${plural(classes.length, "class", "classes")}`;
  return {
    classes,
    points: new Points(points, labels.map((label) => indexOf.get(label) ?? 0)),
    neighbours: neighbours ?? null,
    method: method ?? "",
    sentence: `${isolated(method || "Embedding")}: ${counted}: ${names}`,
  };
}

/**
 * @param {import("../view.js").View} view
 * @param {import("../view.js").Context} context
 * @returns {import("../scenes.js").Table} every point
 */
export function table(view, context) {
  const { points, labels, neighbours } = valuesOf(view, context).at(-1);
  const more = neighbours ? ["neighbours"] : [];
  const rows = points.map((/** @type {number[]} */ [x, y], /** @type {number} */ index) => [
    x, y, labels[index], ...more.map(() => neighbours[index].map((/** @type {number} */ other) => other + 1).join(" ")),
  ]);
  return { columns: ["x", "y", "class", ...more], rows };
}

/** @param {HTMLElement} element @param {Model} model */
export function paint(element, model) {
  const parts = once(element, build);
  const { figure, hidden, zoom, pointer } = parts;
  describe(figure, model.sentence);
  paintChoices(figure.legend, model.classes.map(legendItem), hidden);
  const isVisible = model.classes.map(({ name }) => !hidden.has(name));
  const projection = drawPoints(figure.canvas, model, isVisible, zoom);
  paintZoom(parts.buttons, zoom);
  const near = pointer.at && model.points.nearest(projection, pointer.at, REACH_PX, isVisible);
  parts.ring.hidden = near === null;
  if (near === null) paintTooltip(element, null);
  else paintPoint(element, parts, model, projection, near);
  return hiddenText([partOf(visibleRowsIn(figure.legend), model.classes.length, "class", "classes")], "Scroll the legend for the rest.");
}

/**
 * Paint the tooltip, the ring and the links of one point.
 * @param {HTMLElement} element @param {ReturnType<typeof build>} parts @param {Model} model
 * @param {import("../points.js").Projection} projection @param {number} near
 */
function paintPoint(element, { figure, ring }, model, projection, near) {
  drawLinks(figure.canvas, model.points, projection, near, neighboursOf(model, near));
  const [x, y] = projection.toScreen(model.points.xs[near], model.points.ys[near]);
  ring.style.transform = `translate(${x}px, ${y}px)`;
  const box = figure.canvas.getBoundingClientRect();
  paintTooltip(element, tooltipOf(model, near), { x: box.left + x, y: box.top + y });
}

/** @param {PointClass} pointClass */
function legendItem({ name, colour, mark, count }) {
  return { name, colour, symbol: symbolOf(mark), detail: countText(count) };
}

/** @param {Model} model @param {number} index @returns {number[]} existing neighbours; a producer may send others */
function neighboursOf({ neighbours, points }, index) {
  return neighbours?.[index]?.filter((other) => other < points.xs.length) ?? [];
}

/** @param {Model} model @param {number} index @returns {import("../tooltip.js").Tooltip} */
export function tooltipOf(model, index) {
  const { classes, points } = model;
  const { name, colour, mark } = classes[points.classes[index]];
  const axes = [["x", points.xs[index]], ["y", points.ys[index]]].map(([axis, number]) => ({
    symbol: "", colour: null, name: String(axis), value: numberText(Number(number)),
  }));
  const near = neighboursOf(model, index);
  const alike = near.filter((other) => points.classes[other] === points.classes[index]).length;
  const votes = near.length ? [{ symbol: "", colour: null, name: "neighbours of the same class", value: `${alike} of ${near.length}` }] : [];
  const title = `Point ${countText(index + 1)}`;
  return { title, lines: [{ symbol: symbolOf(mark), colour, name, value: "" }, ...axes, ...votes] };
}

/** @param {HTMLElement} element */
function build(element) {
  const [figure, zoom] = [buildFigure(element), new Zoom()];
  const ring = document.createElement("div");
  ring.className = "point-ring";
  ring.toggleAttribute("data-no-picture", true);
  figure.frame.append(ring);
  const { buttons, pointer } = listenToZoom(figure, zoom);
  return { figure, zoom, ring, buttons, pointer, hidden: new Hidden() };
}
