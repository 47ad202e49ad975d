// @ts-check
/** One uPlot. Its scales are shares of the axes, because it cannot lay out every pair of numbers. */

import { extentOf } from "./axis.js";
import { columnsOf } from "./columns.js";
import { computedStyleOf, propertyOf, unwatchSize, watchSize } from "./computed_style.js";
import { optionsOf } from "./plot_options.js";
import { ShareColumns, tracesOf } from "./plot_traces.js";
import { axisTicks } from "./ticks.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";

/**
 * @typedef {import("./columns.js").Columns} Columns
 * @typedef {import("./plot_traces.js").Line} Line
 * @typedef {import("./plot_traces.js").Trace} Trace
 *
 * @typedef {object} Drawing
 * @property {Line[]} lines
 * @property {Axis} x
 * @property {Axis} y
 * @property {string} [yFormat] of the axis's numbers
 * @property {{at: number, text: string}[]} [yTicks] instead of numbers
 * @property {boolean} [isStepped] whether a value holds until the next x
 * @property {boolean} [isOpaque] whether a filled line covers what is behind it
 * @property {Threshold[]} thresholds
 * @property {boolean} isNamed whether the names of lines are written at their ends
 *
 * @typedef {{onSelect: (left: number, right: number) => void, onReset: () => void, onEnter: () => void, onCursor: () => void, sync: string | null}} Listeners
 */

const MIN_PX = 60;
const MAX_SAMPLES = 4096;
const DENSE_POINTS = 3000; // of a plot, from which on strokes are too slow: without a GPU, those of 4,000 points take 8 ms
const RIGHT_EM = 2;
const SIDES_EM = RIGHT_EM + 4;

export class Plot {
  /** @type {uPlot | null} */
  chart = null;
  /** @type {Drawing} */
  drawing = /** @type {any} */ (null);
  /** @type {Columns | undefined} */
  columns;
  /** @type {Extent | null} */
  extent = null;
  /** @type {Trace[]} */
  traces = [];
  /** @type {Line[]} */
  #lines = [];
  #size = /** @type {Size | null} */ (null);
  #width = 0;
  /** Where the crosshair is; "" if it is hidden */
  #cursorAt = "";
  #key = "";
  #shares = new ShareColumns();
  #data = /** @type {ArrayLike<number | null | undefined>[] | null} */ (null);

  /** @param {HTMLElement} frame is empty @param {HTMLElement} styled has the frame's font and colours, as all frames of a chart @param {Listeners} listeners */
  constructor(frame, styled, listeners) {
    this.frame = frame;
    this.styled = styled;
    this.listeners = listeners;
  }

  /** Sample lines again, if they, the axis or the width have changed. @param {Line[]} lines @param {Axis} x @param {boolean} [isStepped] */
  sample(lines, x, isStepped = false) {
    const { width } = (this.#size ??= watchSize(this.frame));
    const before = this.columns;
    const isSame = before && this.#lines.length === lines.length && lines.every((line, index) => line === this.#lines[index]);
    if (isSame && before.axis.low === x.low && before.axis.high === x.high && this.#width === width) return;
    [this.#lines, this.#width] = [lines, width];
    this.traces = lines.flatMap(tracesOf).map((trace) => ({ ...trace, isStepped }));
    this.columns = columnsOf(this.traces, x, Math.max(1, Math.min(MAX_SAMPLES, Math.ceil(width))), before);
    this.extent = extentOf(this.columns.ys);
  }

  /** @param {Drawing} drawing of the lines that were sampled @returns {number} of points that it drew as strokes */
  paint(drawing) {
    const { width, height } = /** @type {Size} */ (this.#size);
    const columns = /** @type {Columns} */ (this.columns);
    this.drawing = drawing;
    if (width < MIN_PX || height < MIN_PX) return 0;
    const { data, isChanged } = this.#shares.read(columns, drawing.y, (index) => this.isDense && ["line", "raw"].includes(this.traces[index].role));
    if (isChanged || this.#data?.[0] !== columns.shares) this.#data = [columns.shares, ...data];
    const size = { width: Math.floor(width), height: Math.floor(height) };
    if (this.#mustRebuild()) this.#rebuild(size);
    else if (!this.#update(size)) return 0;
    return this.isDense ? 0 : this.#points;
  }

  get #points() {
    return Number(this.columns?.shares.length) * this.traces.length;
  }

  get #aligned() {
    return /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ (this.#data));
  }

  /** Everything that setData and setSize cannot change. */
  #mustRebuild() {
    const { lines, isNamed } = this.drawing;
    const { emPx } = computedStyleOf(this.styled);
    const kinds = lines.map(({ name, colour, mark, raw, low, base }) => [name, colour, mark, !raw, !low, base === undefined]);
    const key = JSON.stringify([emPx, propertyOf(this.styled, "--text"), isNamed, this.isDense, this.listeners.sync, kinds]);
    const isChanged = key !== this.#key;
    this.#key = key;
    return isChanged;
  }

  /** Whether there are too many points for strokes. */
  get isDense() {
    return !this.drawing.isStepped && this.#points > DENSE_POINTS;
  }

  /** @param {{width: number, height: number}} size */
  #rebuild(size) {
    this.chart?.destroy();
    this.chart = new uPlot({ ...optionsOf(this), ...size }, this.#aligned, this.frame);
  }

  /** @param {{width: number, height: number}} size @returns {boolean} whether its lines were drawn again */
  #update(size) {
    const chart = /** @type {uPlot} */ (this.chart);
    if (chart.width !== size.width || chart.height !== size.height) chart.setSize(size);
    // In a batch uPlot draws at once, so that an error in it belongs to this scene.
    if (chart.data === this.#aligned) return false;
    chart.batch(() => {
      chart.setData(this.#aligned);
      // The scales, which are shares, have not changed, but the numbers on the axes may have.
      chart.redraw(false, true);
    });
    return true;
  }

  /**
   * Move the crosshair to another value, or hide it.
   * @param {number | null} step 1 to the right, -1 to the left; null to hide it
   * @returns {boolean} whether there is one
   */
  moveCursor(step) {
    if (!this.chart || !this.columns) return false;
    if (step === null) return this.chart.setCursor({ left: -10, top: -10 }), false;
    const { cursor, over } = this.chart;
    const { shares, ys } = this.columns;
    const hasValue = (/** @type {number} */ at) => ys.some((column) => Number.isFinite(column[at]));
    const isThere = cursor.idx != null && Number(cursor.left) >= 0;
    let at = isThere ? Number(cursor.idx) + step : step > 0 ? 0 : shares.length - 1;
    while (at in shares && !hasValue(at)) at += step;
    if (!(at in shares)) return false;
    this.chart.setCursor({ left: shares[at] * over.clientWidth, top: over.clientHeight / 2 });
    return true;
  }

  /** @returns {import("./plot_marks.js").Pen} */
  get pen() {
    const { emPx, fontFamily } = computedStyleOf(this.styled);
    return { emPx: Math.round(emPx), fontFamily, colour: (property) => propertyOf(this.styled, property) };
  }

  /** Whether the x axis has room for numbers. */
  get hasTicks() {
    const widthEm = Number(this.#size?.width) / this.pen.emPx - SIDES_EM;
    return axisTicks(this.drawing.x, widthEm).length > 0;
  }

  /** Call it when the frame leaves the page. */
  remove() {
    this.chart?.destroy();
    unwatchSize(this.frame);
  }

  /** uPlot calls this even if the cursor did not move. @param {Pick<uPlot, "cursor">} chart */
  followCursor({ cursor: { left = -1, top = -1 } }) {
    const at = left >= 0 ? `${left},${top}` : "";
    if (at === this.#cursorAt) return;
    this.#cursorAt = at;
    this.listeners.onCursor();
  }
}
