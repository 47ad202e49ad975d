// @ts-check
/** The plots of a chart: created, placed and removed with its panels. Those outside the visible part cost nothing. */

import { axisOf, extentOf } from "./axis.js";
import { ChartBudget, ChartTurns } from "./chart_budget.js";
import { computedStyleOf, watchSize } from "./computed_style.js";
import { make, makeRow, paintRows, repaintIn, requestPaint, requestPaintNow, setAttribute, setStyle, setText } from "./dom.js";
import { gridOf, groupsOf, placesOf } from "./panel_layout.js";
import { Plot } from "./plot.js";
import { isPrinting } from "./print.js";
import { nameText } from "./safe_text.js";

/**
 * @typedef {import("./chart.js").Model} Model
 * @typedef {import("./plot_traces.js").Line} Line
 * @typedef {{element: HTMLElement, title: HTMLElement, plot: Plot}} Panel
 * @typedef {{title: string, label: string, lines: Line[]}} PanelModel
 */

export const MAX_PANELS = 200;
const MAX_NAMED = 6; // lines, whose names are written at their ends
const KEYS = "Arrow keys read the values, plus and minus zoom, 0 shows everything.";

export class Panels {
  /** @type {Map<string, Panel>} */
  #panels = new Map();
  #size = /** @type {Size | null} */ (null);
  #scrolledPx = 0;
  /** The charts that are visible as a whole. */
  shown = 0;
  turns = new ChartTurns();
  #createPlot;

  /** @param {HTMLElement} plots contains nothing else @param {(frame: HTMLElement) => Plot} createPlot */
  constructor(plots, createPlot) {
    this.plots = plots;
    this.#createPlot = createPlot;
    plots.addEventListener("scroll", () => {
      this.#scrolledPx = plots.scrollTop;
      requestPaint(plots);
    }, { passive: true });
  }

  /**
   * @param {Model} model
   * @param {Set<string>} names of the lines to draw
   * @param {Axis} x
   * @param {Plot | null} active the plot under the pointer, or with the focus
   * @returns {Plot | undefined} the first visible plot
   */
  paint(model, names, x, active) {
    const groups = groupsOf(model.panels.slice(0, MAX_PANELS));
    const charts = groups.flatMap((group) => group.charts);
    const isSplit = charts.length > 1;
    this.plots.classList.toggle("is-split", isSplit);
    this.#arrange(isSplit ? groups : [{ name: "", charts }], charts);
    this.shown = charts.length;
    const isVisible = isSplit && !isPrinting() ? this.#placed(groups) : () => true;
    if (model.laterMs) repaintIn(this.plots, model.laterMs);
    const drawn = charts.map((chart, index) => ({ panel: this.#panel(chart.title), chart, isVisible: isVisible(index), lines: chart.lines.filter(({ name }) => names.has(name)) }));
    for (const { panel, chart } of drawn) paintTitle(panel, isSplit ? chart.label : "");
    const extents = model.y.isShared ? drawn.map(({ panel, lines }) => (panel.plot.sample(lines, x, model.isStepped), panel.plot.extent)) : [];
    const shared = model.y.isShared ? joined(extents) : null;
    const visible = drawn.filter(({ isVisible }) => isVisible);
    this.#paintWithin(visible, active, (panel, chart, lines) => {
      panel.plot.sample(lines, x, model.isStepped);
      return paintPanel(panel, isSplit ? chart.label : "", lines, { x, y: yAxisOf(shared ?? panel.plot.extent, model) }, model);
    });
    return visible[0]?.panel.plot;
  }

  /**
   * Paint charts until the frame's time is used up. The next frame begins with the others. On paper, paint all.
   * @param {{panel: Panel, chart: PanelModel, lines: Line[]}[]} visible @param {Plot | null} active
   * @param {(panel: Panel, chart: PanelModel, lines: Line[]) => number} paint
   */
  #paintWithin(visible, active, paint) {
    const budget = new ChartBudget(performance.now());
    const hasNext = !isPrinting();
    for (const index of this.turns.order(visible.length, visible.findIndex(({ panel }) => panel.plot === active))) {
      const { panel, chart, lines } = visible[index];
      const isNew = panel.plot.chart === null;
      if (hasNext && (isNew ? budget.isUsedByNew : budget.isUsed(performance.now()))) {
        (this.turns.isChosen ? requestPaintNow : requestPaint)(this.plots);
        return this.turns.end(index);
      }
      budget.drew(paint(panel, chart, lines));
      if (isNew && panel.plot.chart) budget.created(lines.length);
    }
    this.turns.end(null);
  }

  /** Bring headings and panels into their order. @param {{name: string, charts: PanelModel[]}[]} groups @param {PanelModel[]} charts those of all groups */
  #arrange(groups, charts) {
    const present = new Set(charts.map(({ title }) => title));
    for (const [title, { plot }] of this.#panels) {
      if (present.has(title)) continue;
      plot.remove();
      this.#panels.delete(title);
    }
    const items = groups.flatMap(({ name, charts }) => [...(name === "" ? [] : [{ heading: name, title: "" }]), ...charts.map(({ title }) => ({ heading: "", title }))]);
    paintRows(this.plots, items, ({ heading, title }) => JSON.stringify([heading, title]), ({ heading, title }) => {
      return heading === "" ? this.#panel(title) : { element: make("h3", "plot-group", nameText(heading)) };
    }, () => undefined);
  }

  /** @param {string} title @returns {Panel} */
  #panel(title) {
    const known = this.#panels.get(title);
    if (known) return known;
    const { element, heading, frame } = makeRow("div.plot-panel", { heading: "p.plot-title", frame: "div.plot-frame" });
    const panel = { element, title: heading, plot: this.#createPlot(frame) };
    this.#panels.set(title, panel);
    return panel;
  }

  /** @param {{name: string, charts: PanelModel[]}[]} groups @returns {(index: number) => boolean} whether a chart is visible, or nearly */
  #placed(groups) {
    this.#size ??= watchSize(this.plots);
    const room = { ...this.#size, emPx: computedStyleOf(this.plots).emPx };
    const grid = gridOf(groups, room);
    setStyle(this.plots, "--columns", String(grid.columns));
    setStyle(this.plots, "--row", `${grid.rowPx}px`);
    const places = placesOf(groups, grid, room);
    const end = this.#scrolledPx + room.height;
    this.shown = Math.max(1, places.filter((place) => place.top > this.#scrolledPx - 1 && place.bottom < end + 1).length);
    const [top, bottom] = [this.#scrolledPx - grid.rowPx / 2, end + grid.rowPx / 2];
    return (index) => places[index].bottom > top && places[index].top < bottom;
  }
}

/** Before the plot is measured. @param {Panel} panel @param {string} label */
function paintTitle({ title }, label) {
  setText(title, label === "" ? "" : nameText(label));
  title.hidden = label === "";
  setAttribute(title, "title", label);
}

/** @param {Panel} panel @param {string} label @param {Line[]} lines @param {{x: Axis, y: Axis}} axes @param {Model} model @returns {number} of points that it drew */
function paintPanel({ plot }, label, lines, axes, model) {
  setAttribute(plot.frame, "aria-label", `${label || model.sentence}. ${KEYS}`);
  const isNamed = !model.isTile && label === "" && lines.length <= MAX_NAMED && !model.isStepped;
  const { isStepped, isOpaque, thresholds } = model;
  return plot.paint({ lines, ...axes, yFormat: model.y.format, yTicks: model.y.ticks, isStepped, isOpaque, thresholds, isNamed });
}

/** @param {Extent | null} extent of the lines @param {Model} model @returns {Axis} */
function yAxisOf(extent, { y, thresholds }) {
  if (y.range) return axisOf(y.range, y.kind);
  return axisOf(joined([extent, ...thresholds.map(({ at }) => ({ low: at, high: at }))].filter((each) => each && (y.kind !== "log" || each.high > 0))), y.kind, true);
}

/** @param {(Extent | null)[]} extents */
function joined(extents) {
  return extentOf(extents.map((extent) => (extent ? [extent.low, extent.high] : [])));
}
