// @ts-check
/** Lines in one or several plots with one x axis: a crosshair, a legend that hides or isolates lines, and a zoom. */

import { axisOf } from "./axis.js";
import { visibleRowsIn } from "./computed_style.js";
import { addParts, announce, listenToKeys, once, requestPaintNow, setAttribute, setText } from "./dom.js";
import { hiddenText, partOf } from "./not_shown.js";
import { Hidden, matching, paintChoices } from "./legend.js";
import { MAX_PANELS, Panels } from "./panels.js";
import { Plot } from "./plot.js";
import { tooltipOf } from "./plot_tooltip.js";
import { RangeZoom } from "./range_zoom.js";
import { tickTexts } from "./ticks.js";
import { clockText } from "./times.js";
import { isolated } from "./safe_text.js";
import { paintTooltip, tooltipText } from "./tooltip.js";
import { acts, buildButtons, paintZoom } from "./zoom.js";

/**
 * @typedef {import("./plot_traces.js").Line} Line
 *
 * @typedef {object} Model
 * @property {{title: string, lines: Line[]}[]} panels
 * @property {LegendItem[]} names of all lines, in the order of the legend
 * @property {{kind: Axis["kind"], extent: Extent | null, title: string}} x
 * @property {{kind: Axis["kind"], range: Extent | null, isShared: boolean, title: string, format?: string, ticks?: {at: number, text: string}[]}} y
 *   `range` null for that of the data
 * @property {Threshold[]} thresholds
 * @property {boolean} [isStepped]
 * @property {boolean} [isOpaque]
 * @property {boolean} isTile whether there is room for nothing but the plots
 * @property {string} sentence a description for screen readers
 * @property {number} [laterMs] when there is a newer model
 * @property {string[]} notes on what is not in the model
 */

const MAX_LINES = 100; // that are drawn at once
const MIN_SEARCHED = 12; // names, above which the legend can be searched
const ZOOM_KEYS = "+=-0";
const PAN = 0.1;
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
  const x = parts.zoom.axis(axisOf(model.x.extent, model.x.kind));
  const first = parts.panels.paint(model, new Set(shown.slice(0, MAX_LINES).map(({ name }) => name)), x, parts.active);
  setText(parts.xTitle, xTitleOf(first, model, x));
  paintZoom(parts.buttons, parts.zoom);
  parts.figure.classList.toggle("is-zoomed", parts.zoom.factor > 1);
  paintTooltip(element, ...tooltipAt(parts));
  return [...model.notes, notShown(parts, names.length, shown.length)].filter(Boolean).join(" ");
}

/** @param {Parts} parts @param {number} listed names in the legend @param {number} shown lines that are not hidden */
function notShown({ model, legend, panels }, listed, shown) {
  const names = model.isTile ? "" : hiddenText([partOf(Math.min(visibleRowsIn(legend), listed), model.names.length, "name")], "Scroll or search the legend for the rest.");
  const charts = hiddenText([partOf(panels.shown, model.panels.length, "chart")], model.panels.length > MAX_PANELS ? `The first ${MAX_PANELS} are drawn; the table has all.` : "Scroll for the rest.");
  return [hiddenText([partOf(MAX_LINES, shown, "line")], "Search the legend, or hide lines."), charts, names].filter(Boolean).join(" ");
}

/** @param {HTMLElement} element @returns {Parts} */
function build(element) {
  const built = addParts(element, {
    figure: "figure.figure",
    yTitle: "figure > p.plot-label",
    frame: "figure > div.plots-frame",
    plots: "frame > div.plots",
    xTitle: "figure > p.plot-label.is-x",
    search: "figure > input.legend-search[type=search][placeholder=Find a name][aria-label=Find a name]",
    legend: "figure > ul.legend",
  });
  const { plots, search } = built;
  search.addEventListener("input", () => requestPaintNow(search));
  const zoom = new RangeZoom();
  const buttons = buildButtons(plots, zoom);
  built.frame.append(buttons.group);
  charts += 1;
  /** @type {Parts} */
  const parts = {
    ...built, zoom, buttons,
    hidden: new Hidden(),
    panels: new Panels(plots, (frame) => createPlot(frame, parts)),
    sync: `chart-${charts}`,
    active: null,
    model: /** @type {Model} */ (/** @type {unknown} */ (null)),
  };
  element.addEventListener("scene-repaint-now", () => parts.panels.turns.choose());
  return parts;
}

/**
 * @typedef {{element: HTMLElement, figure: HTMLElement, plots: HTMLElement, legend: HTMLElement, yTitle: HTMLElement, xTitle: HTMLElement, search: HTMLInputElement,
 *   zoom: RangeZoom, buttons: ReturnType<typeof buildButtons>, hidden: Hidden, panels: Panels, sync: string, active: Plot | null, model: Model}} Parts
 */

/** @param {Parts} parts @param {Model} model @returns {LegendItem[]} those that match the search */
function paintNames({ search, legend, hidden }, { names, isTile }) {
  const isSearched = names.length > MIN_SEARCHED && !isTile;
  search.hidden = !isSearched;
  legend.hidden = isTile;
  const found = isSearched ? matching(names, search.value) : names;
  if (!isTile) paintChoices(legend, found, hidden);
  return found;
}

/** @param {HTMLElement} frame @param {Parts} parts @returns {Plot} */
function createPlot(frame, parts) {
  const plot = new Plot(frame, parts.plots, {
    sync: parts.sync,
    onEnter: () => (parts.active = plot),
    // At once, because a tooltip costs little, and the scene may wait for its turn.
    onCursor: () => parts.active === plot && paintTooltip(parts.element, ...tooltipAt(parts)),
    onSelect: (left, right) => (parts.zoom.select(left, right), requestPaintNow(frame)),
    onReset: () => (parts.zoom.reset(), requestPaintNow(frame)),
  });
  listenToKeys(frame, "", (key) => pressed(key, parts, plot));
  frame.addEventListener("blur", () => plot.moveCursor(null));
  return plot;
}

/** @param {string} key @param {Parts} parts @param {Plot} plot @returns {boolean} whether it has a meaning */
function pressed(key, parts, plot) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  if (step === 0) return ZOOM_KEYS.includes(key) && acts(key, parts.zoom);
  parts.active = plot;
  if (!plot.moveCursor(step)) parts.zoom.move(-step * PAN);
  const tooltip = tooltipOf(plot, parts.model);
  if (tooltip) announce(plot.frame, tooltipText(tooltip));
  return true;
}

/** @param {Parts} parts @returns {[Tooltip | null, {x: number, y: number}?]} */
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
