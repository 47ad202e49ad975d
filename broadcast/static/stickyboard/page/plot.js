// @ts-check
/** One uPlot. Its scales are shares of the axes, because it cannot lay out every pair of numbers. */

import { extentOf, shareOf } from "./axis.js";
import { columnsOf } from "./columns.js";
import { computedStyleOf, propertyOf, watchSize } from "./computed_style.js";
import { drawDense } from "./dense.js";
import { requestPaint } from "./dom.js";
import { seriesProperty } from "./palette.js";
import { LINE_EM, drawEnds, drawGaps, drawMarks, drawThresholds, endsWidth } from "./plot_marks.js";
import { axisTicks, thinned, verticalTicks } from "./ticks.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";

/**
 * @typedef {import("./axis.js").Axis} Axis
 * @typedef {import("./columns.js").Columns} Columns
 * @typedef {import("./ticks.js").Tick} Tick
 *
 * @typedef {object} Line
 * @property {string} name
 * @property {number} colour
 * @property {number} mark
 * @property {number[]} dash
 * @property {number[]} x strictly ascending
 * @property {number[]} y
 * @property {number[]} [raw] drawn pale behind `y`
 * @property {number[]} [low] the edges of a band
 * @property {number[]} [high]
 * @property {number[]} [gaps] where it has no value, but a mark at the bottom
 * @property {number} [base] the value down to which it is filled
 * @property {string} [label] what the tooltip writes instead of the name
 * @property {number[]} [read] what the tooltip writes instead of `y`
 *
 * @typedef {object} Drawing
 * @property {Line[]} lines
 * @property {Axis} x
 * @property {Axis} y
 * @property {string} [yFormat] of the axis's numbers
 * @property {{at: number, text: string}[]} [yTicks] instead of numbers
 * @property {boolean} [isStepped] whether a value holds until the next x
 * @property {boolean} [isOpaque] whether a filled line covers what is behind it
 * @property {import("./thresholds.js").Threshold[]} thresholds
 * @property {boolean} isNamed whether the names of lines are written at their ends
 *
 * @typedef {{line: Line, role: "line" | "raw" | "low" | "high", x: number[], y: number[], gaps?: number[], isStepped?: boolean}} Trace one series of uPlot
 * @typedef {{onSelect: (left: number, right: number) => void, onReset: () => void, onEnter: () => void, sync: string | null}} Listeners
 */

const FADED_ALPHA = 0.25;
const MIN_PX = 60;
const MAX_SAMPLES = 4096;
const DENSE_POINTS = 20_000; // of a plot, from which on strokes are too slow
const RIGHT_EM = 2;
const SIDES_EM = RIGHT_EM + 4;
const LETTER_EM = 0.62;
const DOT_EM = 0.7;
const BESIDE = 0.03; // of the axis: how far beyond its end a curve is read

export class Plot {
  /** @type {uPlot | null} */
  chart = null;
  /** @type {Drawing} */
  drawing = /** @type {any} */ (null);
  /** @type {Columns} */
  columns = { shares: [], ys: [] };
  /** @type {import("./axis.js").Extent | null} */
  extent = null;
  /** @type {Trace[]} */
  traces = [];
  #xTicks = /** @type {Tick[]} */ ([]);
  #yTicks = /** @type {Tick[]} */ ([]);
  #size = /** @type {import("./computed_style.js").Size | null} */ (null);
  #width = 0;
  #hasCursor = false;
  #key = "";
  #data = /** @type {import("./columns.js").Column[] | null} */ (null);
  #sampled = /** @type {Columns | null} */ (null);
  #listeners;

  /** @param {HTMLElement} frame is empty @param {Listeners} listeners */
  constructor(frame, listeners) {
    this.frame = frame;
    this.#listeners = listeners;
  }

  /** Sample lines again, if they, the axis or the width have changed. @param {Line[]} lines @param {Axis} x @param {boolean} [isStepped] */
  sample(lines, x, isStepped = false) {
    if (this.isCurrent(lines, x)) return;
    const { width } = (this.#size ??= watchSize(this.frame));
    this.#width = width;
    this.traces = lines.flatMap(tracesOf).map((trace) => ({ ...trace, isStepped }));
    this.columns = columnsOf(this.traces, x, Math.max(1, Math.min(MAX_SAMPLES, Math.ceil(width))));
    this.extent = extentOf(this.columns.ys);
  }

  /** Whether these lines were sampled already. @param {Line[]} lines @param {Axis} x */
  isCurrent(lines, x) {
    const { width } = (this.#size ??= watchSize(this.frame));
    const before = this.drawing;
    const isSame = before && before.lines.length === lines.length && lines.every((line, index) => line === before.lines[index]);
    return isSame && before.x.low === x.low && before.x.high === x.high && this.#width === width;
  }

  /** @param {Drawing} drawing of the lines that were sampled */
  paint(drawing) {
    const { width, height } = /** @type {import("./computed_style.js").Size} */ (this.#size);
    const before = this.drawing;
    this.drawing = drawing;
    if (width < MIN_PX || height < MIN_PX) return;
    const isSame = this.#data && this.#sampled === this.columns && before.y.low === drawing.y.low && before.y.high === drawing.y.high;
    if (!isSame) this.#data = [this.columns.shares, ...this.columns.ys.map((column) => column.map((y) => y == null ? y : shareOf(y, drawing.y)))];
    this.#sampled = this.columns;
    const size = { width: Math.floor(width), height: Math.floor(height) };
    if (this.#mustRebuild()) this.#rebuild(size);
    else this.#update(size);
  }

  get #aligned() {
    return /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ (this.#data));
  }

  /** Everything that setData and setSize cannot change. */
  #mustRebuild() {
    const { lines, isNamed } = this.drawing;
    const { emPx } = computedStyleOf(this.frame);
    const kinds = lines.map(({ name, colour, mark, raw, low, base }) => [name, colour, mark, !raw, !low, base === undefined]);
    const key = JSON.stringify([emPx, propertyOf(this.frame, "--text"), isNamed, this.isDense, this.#listeners.sync, kinds]);
    const isChanged = key !== this.#key;
    this.#key = key;
    return isChanged;
  }

  /** Whether there are too many points for strokes. */
  get isDense() {
    return !this.drawing.isStepped && this.columns.shares.length * this.traces.length > DENSE_POINTS;
  }

  /** @param {{width: number, height: number}} size */
  #rebuild(size) {
    this.chart?.destroy();
    this.chart = new uPlot({ ...this.#options(), ...size }, this.#aligned, this.frame);
  }

  /** @param {{width: number, height: number}} size */
  #update(size) {
    const chart = /** @type {uPlot} */ (this.chart);
    if (chart.width !== size.width || chart.height !== size.height) chart.setSize(size);
    // In a batch uPlot draws at once, so that an error in it belongs to this scene.
    if (chart.data === this.#aligned) return;
    chart.batch(() => {
      chart.setData(this.#aligned);
      // The scales, which are shares, have not changed, but the numbers on the axes may have.
      chart.redraw(false, true);
    });
  }

  /**
   * Move the crosshair to another value, or hide it.
   * @param {number | null} step 1 to the right, -1 to the left; null to hide it
   * @returns {boolean} whether there is one
   */
  moveCursor(step) {
    if (!this.chart) return false;
    if (step === null) return this.chart.setCursor({ left: -10, top: -10 }), false;
    const { cursor, over } = this.chart;
    const { shares, ys } = this.columns;
    const hasValue = (/** @type {number} */ at) => ys.some((column) => column[at] != null);
    const isThere = cursor.idx != null && Number(cursor.left) >= 0;
    let at = isThere ? Number(cursor.idx) + step : step > 0 ? 0 : shares.length - 1;
    while (at in shares && !hasValue(at)) at += step;
    if (!(at in shares)) return false;
    this.chart.setCursor({ left: shares[at] * over.clientWidth, top: over.clientHeight / 2 });
    return true;
  }

  /** @returns {import("./plot_marks.js").Pen} */
  get pen() {
    const { emPx, fontFamily } = computedStyleOf(this.frame);
    return { emPx: Math.round(emPx), fontFamily, colour: (property) => propertyOf(this.frame, property) };
  }

  /** @returns {Omit<uPlot.Options, "width" | "height">} */
  #options() {
    const { emPx, fontFamily, colour } = this.pen;
    const axis = {
      stroke: colour("--muted"),
      font: `${emPx}px ${fontFamily}`,
      grid: { stroke: colour("--grid"), width: 1 },
      ticks: { stroke: colour("--grid"), size: 4 },
      gap: 4,
    };
    return {
      padding: [emPx / 2, (chart) => this.#rightPx(chart), 0, 0],
      legend: { show: false },
      scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } },
      axes: [
        { ...axis, size: 2 * emPx, splits: (chart) => (this.#xTicks = this.#ticksAlong(chart)).map(({ share }) => share), values: () => this.#xTicks.map(({ text }) => text) },
        { ...axis, size: (_, texts) => this.#yAxisPx(texts), splits: (chart) => (this.#yTicks = this.#ticksUp(chart)).map(({ share }) => share), values: () => this.#yTicks.map(({ text }) => text) },
      ],
      series: [{}, ...this.traces.map((trace, index) => this.#series(trace, index))],
      bands: this.#bands(),
      focus: { alpha: FADED_ALPHA },
      cursor: this.#cursor(),
      hooks: this.#hooks(),
    };
  }

  /** @param {uPlot} chart */
  #ticksAlong({ bbox }) {
    return axisTicks(this.drawing.x, bbox.width / devicePixelRatio / this.pen.emPx);
  }

  /** Whether the x axis has room for numbers. */
  get hasTicks() {
    const widthEm = Number(this.#size?.width) / this.pen.emPx - SIDES_EM;
    return axisTicks(this.drawing.x, widthEm).length > 0;
  }

  /** @param {uPlot} chart */
  #ticksUp({ bbox }) {
    const { y, yFormat, yTicks } = this.drawing;
    const lengthEm = bbox.height / devicePixelRatio / this.pen.emPx;
    if (!yTicks) return verticalTicks(y, lengthEm, yFormat);
    return thinned(yTicks, lengthEm).map(({ at, text }) => ({ share: shareOf(at, y), text }));
  }

  /** @param {string[] | null} texts */
  #yAxisPx(texts) {
    return this.pen.emPx * Math.max(2, ...(texts ?? []).map((text) => 1 + LETTER_EM * text.length));
  }

  /** @param {uPlot} chart */
  #rightPx(chart) {
    return this.drawing.isNamed ? endsWidth(chart, this) : RIGHT_EM * this.pen.emPx;
  }

  /** @param {Trace} trace @param {number} index @returns {uPlot.Series} */
  #series({ line, role }, index) {
    const { emPx, colour } = this.pen;
    const stroke = colour(seriesProperty(line.colour));
    const isFilled = role === "line" && line.base !== undefined;
    return {
      label: line.name,
      stroke: role === "line" ? stroke : role === "raw" ? mixed(stroke, 30) : undefined,
      width: role === "line" && !this.drawing.isOpaque ? emPx / LINE_EM : role === "line" || role === "raw" ? emPx / LINE_EM / 2 : 0,
      dash: role === "line" ? line.dash.map((length) => (length * emPx) / LINE_EM / 2) : [],
      spanGaps: false, // null is a gap; undefined is not
      points: { show: false },
      paths: this.isDense && role !== "low" && role !== "high" ? () => null : this.drawing.isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined,
      fill: isFilled ? mixed(stroke, 30, this.drawing.isOpaque ? colour("--surface") : "transparent") : undefined,
      fillTo: () => shareOf(this.traces[index].line.base ?? 0, this.drawing.y),
    };
  }

  /** @returns {uPlot.Band[]} */
  #bands() {
    return this.traces.flatMap(({ line, role }, index) => {
      return role === "high" ? [{ series: /** @type {[number, number]} */ ([index + 1, index]), fill: mixed(this.pen.colour(seriesProperty(line.colour)), 20) }] : [];
    });
  }

  /** @returns {uPlot.Cursor} */
  #cursor() {
    const { sync } = this.#listeners;
    return {
      drag: { x: true, y: false, setScale: false },
      focus: { prox: 24 },
      dataIdx: (chart, series, index) => (series === 0 ? index : this.traces[series - 1].role === "line" ? nearestPoint(chart, series, index) : null),
      points: { size: this.pen.emPx * DOT_EM },
      bind: { dblclick: () => () => (this.#listeners.onReset(), null) },
      ...(sync && { sync: { key: sync, setSeries: false, scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } } }),
    };
  }

  /** @returns {uPlot.Hooks.Arrays} */
  #hooks() {
    return {
      ready: [({ over }) => over.addEventListener("mouseenter", () => this.#listeners.onEnter())],
      drawSeries: [(chart, index) => drawMarks(chart, index, this)],
      draw: [(chart) => drawDense(chart, this), (chart) => drawGaps(chart, this), (chart) => drawThresholds(chart, this), (chart) => drawEnds(chart, this)],
      setCursor: [(chart) => this.#followCursor(chart)],
      setSelect: [(chart) => this.#selected(chart)],
    };
  }

  /** uPlot calls this even if the cursor did not move. @param {uPlot} chart */
  #followCursor({ cursor: { left = -1 } }) {
    const isThere = left >= 0;
    if (isThere || this.#hasCursor) requestPaint(this.frame);
    this.#hasCursor = isThere;
  }

  /** @param {uPlot} chart */
  #selected(chart) {
    const { left, width } = chart.select;
    if (width === 0) return;
    const across = chart.over.clientWidth;
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#listeners.onSelect(left / across, (left + width) / across);
  }
}

/** @param {Line} line @returns {Trace[]} from the back to the front */
function tracesOf(line) {
  const { x, y, gaps, raw, low, high } = line;
  const band = low?.length && high?.length ? [{ line, role: "low", x, y: low }, { line, role: "high", x, y: high }] : [];
  return /** @type {Trace[]} */ ([...band, ...(raw ? [{ line, role: "raw", x, y: raw }] : []), { line, role: "line", x, y, gaps }]);
}

/** @param {string} colour @param {number} percent @param {string} [other] */
function mixed(colour, percent, other = "transparent") {
  return `color-mix(in srgb, ${colour} ${percent}%, ${other})`;
}

/**
 * Find the nearest value: curves over different x have no value at most positions of the common x.
 * @param {uPlot} chart @param {number} series @param {number} index
 * @returns {number | null} null beyond the ends of a curve
 */
function nearestPoint({ data: [shares, ...columns] }, series, index) {
  const ys = columns[series - 1];
  let [before, after] = [index, index];
  while (before >= 0 && ys[before] == null) before -= 1;
  while (after < ys.length && ys[after] == null) after += 1;
  const [left, right] = [shares[index] - shares[before], shares[after] - shares[index]].map((away) => (away >= 0 ? away : Infinity));
  if (Math.min(left, right) > (left < 1 && right < 1 ? 1 : BESIDE)) return null;
  return left <= right ? before : after;
}
