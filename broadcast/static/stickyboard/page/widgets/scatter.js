// @ts-check
/** Points in two dimensions, with colour and mark by class. */

import { buildFigure, clearCanvas, describe } from "../canvas.js";
import { visibleRowsIn } from "../computed_style.js";
import { addParts, once, setText } from "../dom.js";
import { nameAt, numberOf } from "../fields.js";
import { countText, formatted, numberText, plural } from "../format.js";
import { hiddenText, namesText, partOf } from "../not_shown.js";
import { Hidden, paintChoices, symbolOf } from "../legend.js";
import { seriesOf, seriesProperty } from "../palette.js";
import { axesProjection, drawAxes, frameOf, visibleAxes } from "../point_axes.js";
import { columnsOf, linksAt } from "../scatter_model.js";
import { Points, drawLinks, drawPoints, equalProjection, radiusOf } from "../points.js";
import { isolated } from "../safe_text.js";
import { factLine, paintTooltip } from "../tooltip.js";
import { remembered, valuesOf } from "../view.js";
import { Zoom, listenToZoom, paintZoom } from "../zoom.js";

/**
 * @typedef {import("../scatter_model.js").Fields & {caption?: string, x_title?: string, y_title?: string}} Options
 * @typedef {{name: string, colour: number, mark: number, count: number}} PointClass
 * @typedef {{classes: PointClass[], points: Points, columns: import("../scatter_model.js").Columns, caption: string, sentence: string,
 *   undrawn: number, axes: {x: string, y: string} | null, isTile?: boolean}} Model `axes` are the titles, null if both axes have the same scale
 */

const REACH_PX = 16;
const MAX_CLASSES = 199; // and the rest

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  const snapshotModel = remembered((value) => modelOf([value], options));
  return {
    empty: { text: "No points yet." },
    model(view, context) {
      const values = valuesOf(view, context);
      return { ...(values.length === 1 ? snapshotModel(values[0]) : modelOf(values, options)), isTile: context.isTile ?? false };
    },
    paint,
    table: (view, context) => tableOf(columnsOf(valuesOf(view, context), options), options),
  };
}

/** @param {any[]} values @param {Options} options @returns {Model} */
function modelOf(values, options) {
  const columns = columnsOf(values, options);
  const names = options.category ? columns.names : columns.xs.map(() => "");
  const classes = classesOf(names);
  const indexOf = new Map(classes.map(({ name }, index) => [name, index]));
  const points = new Points(columns.xs, columns.ys, names.map((name) => indexOf.get(name) ?? classes.length - 1), columns.sizes);
  const caption = nameAt(values.at(-1), options.caption) ?? "";
  const undrawn = columns.xs.filter(Number.isNaN).length;
  const axes = options.points ? null : { x: options.x_title ?? options.x ?? "x", y: options.y_title ?? options.y ?? "y" };
  return { classes, points, columns, caption, sentence: sentenceOf(columns, options.category ? classes : [], caption), undrawn, axes };
}

/** @param {import("../scatter_model.js").Columns} columns @param {PointClass[]} classes @param {string} caption */
function sentenceOf({ xs }, classes, caption) {
  const counted = plural(xs.length, "point");
  const named = classes.length ? ` in ${plural(classes.length, "class", "classes")}: ${namesText(classes.map(({ name }) => name))}` : "";
  return `${caption ? `${isolated(caption)}: ` : ""}${counted}${named}`;
}

/** @param {string[]} names of each point's class @returns {PointClass[]} in the order of names; of very many classes, the last one is the rest */
function classesOf(names) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const largest = [...counts].sort(([, a], [, b]) => b - a);
  const shown = new Map(largest.slice(0, MAX_CLASSES));
  const classes = [...seriesOf(shown.keys())].map(([name, series]) => ({ name, ...series, count: shown.get(name) ?? 0 }));
  const rest = largest.slice(MAX_CLASSES);
  if (rest.length === 0) return classes;
  return [...classes, { name: `+${plural(rest.length, "more class", "more classes")}`, colour: 0, mark: 0, count: rest.reduce((sum, [, count]) => sum + count, 0) }];
}

/** @param {import("../scatter_model.js").Columns} columns @param {Options} options @returns {Table} every point, numbered from 1, as links number them */
function tableOf(columns, { category, size, links }) {
  const { xs, ys, names, sizes } = columns;
  const rows = xs.map((x, index) => [
    numberOf(x), numberOf(ys[index]), ...(category ? [names[index]] : []), ...(size ? [numberOf(sizes[index])] : []),
    ...(links ? [linksAt(columns, index).map((other) => other + 1).join(" ")] : []),
  ]);
  const more = [...(category ? ["class"] : []), ...(size ? ["size"] : []), ...(links ? ["links"] : [])];
  return { columns: ["x", "y", ...more], rows, hidden: hiddenText([partOf(xs.length, columns.all, "point")], "These are the newest.") };
}

/** @param {HTMLElement} element @param {Model} model */
function paint(element, model) {
  const parts = once(element, build);
  const { figure, hidden, zoom, pointer } = parts;
  describe(figure, model.sentence);
  figure.frame.classList.toggle("has-axes", model.axes !== null);
  figure.figure.classList.toggle("is-tile", model.isTile);
  const hasClasses = !model.isTile && (model.classes.length > 1 || model.classes[0]?.name !== "");
  paintChoices(figure.legend, hasClasses ? model.classes.map(({ count, mark, ...item }) => ({ ...item, symbol: symbolOf(mark), detail: countText(count) })) : [], hidden);
  setText(parts.caption, model.caption);
  parts.caption.hidden = model.isTile || model.caption === "";
  const isVisible = model.classes.map(({ name }) => !hidden.has(name));
  const surface = clearCanvas(figure.canvas);
  const project = draw(surface, model, isVisible, zoom);
  paintZoom(parts.buttons, zoom);
  const near = pointer.at && model.points.nearest(project, pointer.at, REACH_PX, isVisible);
  parts.ring.hidden = near === null;
  if (near === null) paintTooltip(element, null);
  else paintPoint(element, parts, surface, model, project, near);
  const all = [partOf(visibleRowsIn(figure.legend), figure.legend.children.length, "class", "classes"), partOf(model.points.xs.length, model.columns.all, "point")];
  const undrawn = model.undrawn > 0 ? `${plural(model.undrawn, "point")} without coordinates not drawn.` : "";
  return [hiddenText(all, "Scroll the legend for the rest."), undrawn].filter(Boolean).join(" ");
}

/** @param {Surface} surface @param {Model} model @param {boolean[]} isVisible by class @param {Zoom} zoom @returns {import("../points.js").Projection} */
function draw(surface, { points, classes, axes }, isVisible, zoom) {
  const { ctx, width, height, colour, sizePx } = surface;
  const frame = axes && frameOf(surface, visibleAxes(points.extent, zoom));
  const area = frame?.area ?? { left: 0, top: 0, width, height };
  const project = frame ? axesProjection(frame) : equalProjection(points.extent, area, zoom);
  zoom.area = area;
  const radius = radiusOf(points.xs.length, area, zoom.factor, sizePx("--text-m"));
  const styles = classes.map((each) => ({ colour: colour(seriesProperty(each.colour)), mark: each.mark }));
  drawPoints(ctx, points, styles, { area, project, isVisible, radius });
  if (frame) drawAxes(surface, frame, axes);
  return project;
}

/**
 * Paint the tooltip, the ring and the links of one point.
 * @param {HTMLElement} element @param {ReturnType<typeof build>} parts @param {Surface} surface @param {Model} model
 * @param {import("../points.js").Projection} project @param {number} near
 */
function paintPoint(element, { figure, ring }, surface, model, project, near) {
  drawLinks(surface, model.points, project, near, linksAt(model.columns, near));
  const [x, y] = project(model.points.xs[near], model.points.ys[near]);
  ring.style.transform = `translate(${x}px, ${y}px)`;
  const box = figure.canvas.getBoundingClientRect();
  paintTooltip(element, tooltipOf(model, near), { x: box.left + x, y: box.top + y });
}

/** @param {Model} model @param {number} index @returns {Tooltip} */
export function tooltipOf({ classes, points, columns, axes }, index) {
  const { name, colour, mark } = classes[points.classes[index]];
  const size = columns.sizes.length ? [factLine("size", formatted(columns.sizes[index]))] : [];
  const linked = linksAt(columns, index);
  const alike = linked.filter((other) => points.classes[other] === points.classes[index]).length;
  const links = linked.length ? [factLine("links to the same class", `${alike} of ${linked.length}`)] : [];
  const lines = [factLine(axes?.x ?? "x", numberText(points.xs[index])), factLine(axes?.y ?? "y", numberText(points.ys[index])), ...size, ...links];
  return { title: `Point ${countText(index + 1)}`, lines: [...(name ? [{ symbol: symbolOf(mark), colour, name, value: "" }] : []), ...lines] };
}

/** @param {HTMLElement} element */
function build(element) {
  const [figure, zoom] = [buildFigure(element), new Zoom()];
  const { ring } = addParts(figure.frame, { ring: "div.point-ring[data-no-picture]" });
  const { caption } = addParts(figure.figure, { caption: "figcaption.point-caption" });
  return { figure, zoom, ring, caption, ...listenToZoom(figure, zoom), hidden: new Hidden() };
}
