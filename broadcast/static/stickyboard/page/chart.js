// @ts-check
/** Lines in one or several plots with one x axis: a crosshair, a legend that hides or isolates lines, and a zoom. */

import { axisOf } from "./axis.js";
import { visibleRowsIn } from "./computed_style.js";
import { announce, make, once, repaintIn, requestPaint, setAttribute, setText } from "./dom.js";
import { hiddenText, partOf } from "./hidden.js";
import { Hidden, matching, paintChoices } from "./legend.js";
import { Plot } from "./plot.js";
import { tooltipOf } from "./plot_tooltip.js";
import { RangeZoom } from "./range_zoom.js";
import { tickTexts } from "./ticks.js";
import { clockText } from "./times.js";
import { isolated } from "./text.js";
import { paintTooltip, tooltipText } from "./tooltip.js";
import { actionOf, buildButtons, paintZoom } from "./zoom.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./axis.js").Extent} Extent
 * @typedef {import("./plot.js").Line} Line
 *
 * @typedef {object} Model
 * @property {{title: string, lines: Line[]}[]} panels
 * @property {import("./legend.js").LegendItem[]} names of all lines, in the order of the legend
 * @property {{kind: Axis["kind"], extent: Extent | null, title: string}} x
 * @property {{kind: Axis["kind"], range: Extent | null, isShared: boolean, title: string, format?: string, ticks?: {at: number, text: string}[]}} y
 *   `range` null for that of the data
 * @property {import("./thresholds.js").Threshold[]} thresholds
 * @property {boolean} [isStepped]
 * @property {boolean} [isOpaque]
 * @property {boolean} isTile whether there is room for nothing but the plots
 * @property {string} sentence a description for screen readers
 * @property {number} [laterMs] when there is a newer model
 * @property {string[]} notes on what is not in the model
 */

const MAX_PANELS = 60;
const BUDGET_MS = 4; // for sampling in one frame; the drawing takes as long
const MAX_LINES = 100; // that are drawn at once
const MAX_NAMED = 6; // whose names are written at their ends
const MIN_SEARCHED = 12; // names, above which the legend can be searched
const KEYS = "Arrow keys read the values, plus and minus zoom, 0 shows everything.";
const ZOOM_KEYS = "+=-0";
const PAN = 0.1;
/** @typedef {{element: HTMLElement, title: HTMLElement, plot: Plot}} Panel */
let charts = 0;

/** @param {HTMLElement} element @param {Model} model @returns {string} what is not displayed */
export function paintChart(element, model) {
  const parts = once(element, build);
  parts.model = model;
  setAttribute(parts.figure, "aria-label", model.sentence);
  const names = paintNames(parts, model);
  // After the legend has its rows, because the plots have the height that the legend leaves.
  setText(parts.yTitle, model.y.title && `↑ ${isolated(model.y.title)}`);
  const shown = names.filter(({ name }) => !parts.hidden.has(name));
  const { panels, x } = paintPlots(parts, model, new Set(shown.slice(0, MAX_LINES).map(({ name }) => name)));
  setText(parts.xTitle, xTitleOf(panels[0]?.plot, model, x));
  paintZoom(parts.buttons, parts.zoom);
  parts.figure.classList.toggle("is-zoomed", parts.zoom.factor > 1);
  paintTooltip(element, ...tooltipAt(parts));
  return [...model.notes, notShown(parts, names.length, shown.length)].filter(Boolean).join(" ");
}

/** @param {Parts} parts @param {number} listed names in the legend @param {number} shown lines that are not hidden */
function notShown({ model, legend }, listed, shown) {
  const names = model.isTile ? "" : hiddenText([partOf(Math.min(visibleRowsIn(legend), listed), model.names.length, "name")], "Scroll or search the legend for the rest.");
  const charts = hiddenText([partOf(MAX_PANELS, model.panels.length, "chart")], "The table has all.");
  return [hiddenText([partOf(MAX_LINES, shown, "line")], "Search the legend, or hide lines."), charts, names].filter(Boolean).join(" ");
}

/** @param {HTMLElement} element */
function build(element) {
  const [figure, plots, legend] = [make("figure", "figure"), make("div", "plots"), make("ul", "legend")];
  const [yTitle, xTitle, search] = [make("p", "plot-label"), make("p", "plot-label is-x"), /** @type {HTMLInputElement} */ (make("input", "legend-search"))];
  Object.assign(search, { type: "search", placeholder: "Find a name" });
  setAttribute(search, "aria-label", "Find a name");
  search.addEventListener("input", () => requestPaint(search));
  const zoom = new RangeZoom();
  const buttons = buildButtons(plots, zoom);
  const frame = make("div", "plots-frame");
  frame.append(plots, buttons.group);
  figure.append(yTitle, frame, xTitle, search, legend);
  element.append(figure);
  charts += 1;
  return {
    figure, plots, legend, yTitle, xTitle, search, zoom, buttons,
    hidden: new Hidden(),
    panels: /** @type {Panel[]} */ ([]),
    sync: `chart-${charts}`,
    active: /** @type {Plot | null} */ (null),
    model: /** @type {Model} */ (/** @type {unknown} */ (null)),
  };
}

/** @typedef {ReturnType<typeof build>} Parts */

/** @param {Parts} parts @param {Model} model @returns {import("./legend.js").LegendItem[]} those that match the search */
function paintNames({ search, legend, hidden }, { names, isTile }) {
  const isSearched = names.length > MIN_SEARCHED && !isTile;
  search.hidden = !isSearched;
  legend.hidden = isTile;
  const found = isSearched ? matching(names, search.value) : names;
  if (!isTile) paintChoices(legend, found, hidden);
  return found;
}

/** @param {Parts} parts @param {Model} model @param {Set<string>} shown @returns {{panels: Panel[], x: Axis}} */
function paintPlots(parts, model, shown) {
  const visible = model.panels.slice(0, MAX_PANELS);
  while (parts.panels.length < visible.length) parts.panels.push(createPanel(parts));
  parts.panels.forEach(({ element }, index) => (element.hidden = index >= visible.length));
  parts.plots.classList.toggle("is-split", visible.length > 1);
  const panels = parts.panels.slice(0, visible.length);
  const x = parts.zoom.axis(axisOf(model.x.extent, model.x.kind));
  const lines = visible.map(({ lines }) => lines.filter(({ name }) => shown.has(name)));
  const isReady = sampleWithin(BUDGET_MS, panels, lines, x, model);
  if (isReady.includes(false)) requestPaint(parts.figure);
  if (model.laterMs) repaintIn(parts.figure, model.laterMs);
  const shared = model.y.isShared ? joined(panels.map(({ plot }) => plot.extent)) : null;
  panels.forEach(({ plot, title }, index) => {
    if (!isReady[index]) return;
    setText(title, isolated(visible[index].title || " "));
    title.hidden = visible.length === 1;
    setAttribute(plot.frame, "aria-label", `${visible[index].title || model.sentence}. ${KEYS}`);
    const y = yAxisOf(shared ?? plot.extent, model);
    const isNamed = !model.isTile && visible.length === 1 && lines[index].length <= MAX_NAMED && !model.isStepped;
    plot.paint({ lines: lines[index], x, y, yFormat: model.y.format, yTicks: model.y.ticks, isStepped: model.isStepped, isOpaque: model.isOpaque, thresholds: model.thresholds, isNamed });
  });
  return { panels, x };
}

/**
 * Sample the lines that have changed. Those for which there is no time are drawn in the next frames.
 * @param {number} ms @param {Panel[]} panels @param {Line[][]} lines @param {Axis} x @param {Model} model @returns {boolean[]} whether each panel is current
 */
function sampleWithin(ms, panels, lines, x, model) {
  const began = performance.now();
  return panels.map(({ plot }, index) => {
    if (plot.drawing && !plot.isCurrent(lines[index], x) && performance.now() - began > ms) return false;
    plot.sample(lines[index], x, model.isStepped);
    return true;
  });
}

/** @param {Extent | null} extent of the lines @param {Model} model @returns {Axis} */
function yAxisOf(extent, { y, thresholds }) {
  if (y.range) return axisOf(y.range, y.kind);
  return axisOf(joined([extent, ...thresholds.map(({ at }) => ({ low: at, high: at }))].filter((each) => each && (y.kind !== "log" || each.high > 0))), y.kind, true);
}

/** @param {(Extent | null)[]} extents @returns {Extent | null} */
function joined(extents) {
  const all = extents.filter((extent) => extent !== null);
  return all.length === 0 ? null : { low: Math.min(...all.map(({ low }) => low)), high: Math.max(...all.map(({ high }) => high)) };
}

/** @param {Parts} parts @returns {Panel} */
function createPanel(parts) {
  const [element, title, frame] = [make("div", "plot-panel"), make("p", "plot-title"), make("div", "plot-frame")];
  const plot = new Plot(frame, {
    sync: parts.sync,
    onEnter: () => (parts.active = plot),
    onSelect: (left, right) => (parts.zoom.select(left, right), requestPaint(frame)),
    onReset: () => (parts.zoom.reset(), requestPaint(frame)),
  });
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.addEventListener("keydown", (event) => pressed(event, parts, plot));
  frame.addEventListener("blur", () => plot.moveCursor(null));
  element.append(title, frame);
  parts.plots.append(element);
  return { element, title, plot };
}

/** @param {KeyboardEvent} event @param {Parts} parts @param {Plot} plot */
function pressed(event, parts, plot) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
  if (step) {
    parts.active = plot;
    if (!plot.moveCursor(step)) parts.zoom.move(-step * PAN);
    const tooltip = tooltipOf(plot, parts.model);
    if (tooltip) announce(plot.frame, tooltipText(tooltip));
  } else if (ZOOM_KEYS.includes(event.key)) actionOf(event.key)?.(parts.zoom);
  else return;
  event.preventDefault();
  event.stopPropagation();
  requestPaint(plot.frame);
}

/** @param {Parts} parts @returns {[import("./tooltip.js").Tooltip | null, {x: number, y: number}?]} */
function tooltipAt({ active, model }) {
  const tooltip = active && tooltipOf(active, model);
  if (!tooltip || !active?.chart) return [null];
  const { left: x, top: y } = active.chart.over.getBoundingClientRect();
  const { left = 0, top = 0 } = active.chart.cursor;
  return [tooltip, { x: x + left, y: y + top }];
}

/** @param {Plot | undefined} plot @param {Model} model @param {Axis} axis @returns {string} with the range, if ticks have no room for numbers */
function xTitleOf(plot, { x, isTile }, { low, high, kind }) {
  if (isTile) return "";
  const [from, to] = kind === "time" ? [clockText(low), clockText(high)] : tickTexts([low, high]);
  const range = plot?.chart && !plot.hasTicks ? `${from} to ${to}` : "";
  const text = [x.title && isolated(x.title), range].filter(Boolean).join(": ");
  return text && `${text} →`;
}
