// @ts-check
/** A 2-D picture of a data set: one mark per row, its colour and shape by class. */

import { describe, buildFigure } from "../canvas.js";
import { once } from "../dom.js";
import { countText, numberText, plural } from "../format.js";
import { hiddenText, namesText, partOf } from "../hidden.js";
import { Hidden, paintChoices, signOf } from "../legend.js";
import { shownIn } from "../computed_style.js";
import { seriesOf } from "../palette.js";
import { Points, drawLinks, drawPoints } from "../points.js";
import { isolated } from "../text.js";
import { paintTip } from "../tooltip.js";
import { valuesOf } from "../view.js";
import { Zoom, listenToZoom, paintZoom } from "../zoom.js";

/** @type {import("../scenes.js").Empty} */
export const empty = { text: "No embedding has been sent yet." };

const REACH_PX = 16;

/**
 * @typedef {{name: string, colour: number, mark: number, count: number}} PointClass
 * @typedef {{classes: PointClass[], points: Points, neighbours: number[][] | null, method: string, sentence: string}} Model
 */

/** The newest embedding's model: a snapshot does not change, and may be painted often. @type {WeakMap<object, Model>} */
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
  const seen = `${plural(points.length, "point")} in ${plural(classes.length, "class", "classes")}`;
  return {
    classes,
    points: new Points(points, labels.map((label) => indexOf.get(label) ?? 0)),
    neighbours: neighbours ?? null,
    method: method ?? "",
    sentence: `${isolated(method || "Embedding")}: ${seen}: ${names}`,
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
  const isShown = model.classes.map(({ name }) => !hidden.has(name));
  const place = drawPoints(figure.canvas, model, isShown, zoom);
  paintZoom(parts.buttons, zoom);
  const near = pointer.at && model.points.nearest(place, pointer.at, REACH_PX, isShown);
  parts.ring.hidden = near === null;
  if (near === null) paintTip(element, null);
  else paintPoint(element, parts, model, place, near);
  return hiddenText([partOf(shownIn(figure.legend), model.classes.length, "class", "classes")], "Scroll the classes for the rest.");
}

/**
 * What is told of one point.
 * @param {HTMLElement} element @param {ReturnType<typeof build>} parts @param {Model} model
 * @param {import("../points.js").Place} place @param {number} near
 */
function paintPoint(element, { figure, ring }, model, place, near) {
  drawLinks(figure.canvas, model.points, place, near, neighboursOf(model, near));
  const [x, y] = place.toScreen(model.points.xs[near], model.points.ys[near]);
  ring.style.transform = `translate(${x}px, ${y}px)`;
  const box = figure.canvas.getBoundingClientRect();
  paintTip(element, tipOf(model, near), { x: box.left + x, y: box.top + y });
}

/** @param {PointClass} pointClass */
function legendItem({ name, colour, mark, count }) {
  return { name, colour, sign: signOf(mark), detail: countText(count) };
}

/** @param {Model} model @param {number} index @returns {number[]} those that there are, of what a producer named */
function neighboursOf({ neighbours, points }, index) {
  return neighbours?.[index]?.filter((other) => other < points.xs.length) ?? [];
}

/** @param {Model} model @param {number} index @returns {import("../tooltip.js").Tip} */
export function tipOf(model, index) {
  const { classes, points } = model;
  const { name, colour, mark } = classes[points.classes[index]];
  const axes = [["x", points.xs[index]], ["y", points.ys[index]]].map(([axis, number]) => ({
    sign: "", colour: null, name: String(axis), value: numberText(Number(number)),
  }));
  const near = neighboursOf(model, index);
  const alike = near.filter((other) => points.classes[other] === points.classes[index]).length;
  const voted = near.length ? [{ sign: "", colour: null, name: "neighbours of its class", value: `${alike} of ${near.length}` }] : [];
  const title = `Point ${countText(index + 1)}`;
  return { title, lines: [{ sign: signOf(mark), colour, name, value: "" }, ...axes, ...voted] };
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
