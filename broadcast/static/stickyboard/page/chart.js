// @ts-check
/** Curves in a uPlot, with a legend that hides or isolates curves and a crosshair that shows values. */

import { make, once, requestPaint, setAttribute, setText } from "./dom.js";
import { preciseText } from "./format.js";
import { hiddenText, partOf } from "./hidden.js";
import { ALL_DASHES, Hidden, paintChoices, symbolOf } from "./legend.js";
import { computedStyleOf, propertyOf, visibleRowsIn, watchSize } from "./computed_style.js";
import { TRACES } from "./marks.js";
import { seriesProperty } from "./palette.js";
import { axisTicks, tickTexts } from "./ticks.js";
import { isolated } from "./text.js";
import { paintTooltip } from "./tooltip.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";

/** @typedef {import("./scenes/attack_profile.js").Model} Model */

const Y_TICKS = [0, 0.25, 0.5, 0.75, 1];
const TOOLTIP_LINES = 8;
const MARKS_PER_CURVE = 6;
const FADED_ALPHA = 0.25;
const MIN_PX = 60;
const [Y_AXIS_EM, RIGHT_EM] = [3.4, 2];
const SIDES_EM = Y_AXIS_EM + RIGHT_EM;
const LINE_EM = 6; // lines per letter height, so that lines are as legible from afar as letters

/** @param {HTMLElement} element @param {Model} model */
export function paintChart(element, model) {
  const parts = once(element, build);
  parts.model = model;
  setAttribute(parts.figure, "aria-label", model.sentence);
  setAttribute(parts.plot, "aria-label", model.sentence);
  setText(parts.yLabel, model.yLabel && `↑ ${isolated(model.yLabel)}`);
  paintChoices(parts.legend, model.curves.map(legendItem), parts.hidden);
  paintPlot(parts, model);
  setText(parts.xLabel, xLabelOf(parts.ticks, model));
  paintTooltip(element, ...tooltipAt(parts, model));
  return hiddenText([partOf(visibleRowsIn(parts.legend), model.curves.length, "name")], "Scroll the legend for the rest.");
}

/** @param {import("./ticks.js").Tick[]} ticks @param {Model} model @returns {string} with the range, if ticks have no room for numbers */
function xLabelOf(ticks, { xLabel, left, right }) {
  const [from, to] = tickTexts([left, right]);
  const range = ticks.length === 0 ? `${from} to ${to}` : "";
  const text = [xLabel && isolated(xLabel), range].filter(Boolean).join(": ");
  return text && `${text} →`;
}

/** @param {Model["curves"][number]} curve */
function legendItem({ name, colour, mark }) {
  return { name, colour, symbol: symbolOf(mark), dash: dashOf(mark) };
}

/** @param {number} mark */
function dashOf(mark) {
  return ALL_DASHES[mark % ALL_DASHES.length];
}

/** @param {HTMLElement} element */
function build(element) {
  const [figure, plot, legend] = [make("figure", "figure"), make("div", "plot-frame"), make("ul", "legend")];
  const [yLabel, xLabel] = [make("p", "plot-label"), make("p", "plot-label is-x")];
  plot.setAttribute("role", "img");
  figure.append(yLabel, plot, xLabel, legend);
  element.append(figure);
  return {
    figure, plot, legend, yLabel, xLabel,
    ticks: /** @type {import("./ticks.js").Tick[]} */ ([]),
    size: /** @type {import("./computed_style.js").Size | null} */ (null),
    hidden: new Hidden(),
    chart: /** @type {uPlot | null} */ (null),
    key: "",
    hasCursor: false,
    model: /** @type {Model} */ (/** @type {unknown} */ (null)),
  };
}

/** @typedef {ReturnType<typeof build>} Parts */

/** @param {Parts} parts @param {Model} model */
function paintPlot(parts, model) {
  // After the legend has its rows, because the plot has the height that the legend leaves.
  const { width, height } = (parts.size ??= watchSize(parts.plot));
  if (width < MIN_PX || height < MIN_PX) return;
  const style = computedStyleOf(parts.plot);
  parts.ticks = axisTicks(model.left, model.right, width / style.emPx - SIDES_EM);
  const colour = (/** @type {string} */ property) => propertyOf(parts.plot, property);
  // Everything that setData and setSize cannot change; if any of it differs, the chart is rebuilt.
  const key = JSON.stringify([style.emPx, colour("--text"), model.curves.map(({ name }) => name)]);
  const columns = /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ (model.columns));
  if (parts.key !== key) {
    parts.chart?.destroy();
    parts.key = key;
    parts.chart = new uPlot({ ...optionsOf(parts, colour, style), width: Math.floor(width), height: Math.floor(height) }, columns, parts.plot);
    return applyHidden(parts.chart, parts, model);
  }
  const chart = /** @type {uPlot} */ (parts.chart);
  const size = { width: Math.floor(width), height: Math.floor(height) };
  if (chart.width !== size.width || chart.height !== size.height) chart.setSize(size);
  // In a batch uPlot draws at once, so that an error in it belongs to this scene.
  chart.batch(() => {
    if (chart.data !== columns) chart.setData(columns);
    applyHidden(chart, parts, model);
  });
}

/** @param {uPlot} chart @param {Parts} parts @param {Model} model */
function applyHidden(chart, { hidden }, model) {
  model.curves.forEach(({ name }, index) => {
    if (chart.series[index + 1].show === hidden.has(name)) chart.setSeries(index + 1, { show: !hidden.has(name) });
  });
}

/** @param {Parts} parts @param {(property: string) => string} colour @param {import("./computed_style.js").ComputedStyle} style @returns {Omit<uPlot.Options, "width" | "height">} */
function optionsOf(parts, colour, style) {
  const emPx = Math.round(style.emPx);
  const axis = {
    stroke: colour("--muted"),
    font: `${emPx}px ${style.fontFamily}`,
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { stroke: colour("--grid"), size: 4 },
    gap: 4,
  };
  return {
    padding: [emPx / 2, RIGHT_EM * emPx, 0, 0],
    legend: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } },
    axes: [
      { ...axis, size: 2 * emPx, splits: () => parts.ticks.map(({ share }) => share), values: () => parts.ticks.map(({ text }) => text) },
      { ...axis, size: Y_AXIS_EM * emPx, splits: () => Y_TICKS, values: (_, splits) => splits.map(String) },
    ],
    series: [{}, ...parts.model.curves.map((curve) => seriesLine(curve, colour, emPx))],
    focus: { alpha: FADED_ALPHA },
    cursor: {
      drag: { x: false, y: false },
      focus: { prox: 24 },
      dataIdx: nearestPoint,
      points: { size: emPx * 0.7 },
    },
    hooks: {
      drawSeries: [(chart, index) => drawMarks(chart, index, parts.model.curves[index - 1], { colour, emPx })],
      setCursor: [(chart) => followCursor(chart, parts)],
    },
  };
}

/** uPlot calls this even if the cursor did not move. @param {uPlot} chart @param {Parts} parts */
function followCursor({ cursor: { left = -1 } }, parts) {
  const isThere = left >= 0;
  if (isThere || parts.hasCursor) requestPaint(parts.plot);
  parts.hasCursor = isThere;
}

/**
 * @param {Model["curves"][number]} curve
 * @param {(property: string) => string} colour
 * @param {number} emPx
 * @returns {uPlot.Series}
 */
function seriesLine({ name, colour: index, mark }, colour, emPx) {
  return { label: name, stroke: colour(seriesProperty(index)), width: emPx / LINE_EM, dash: dashOf(mark).map((length) => (length * emPx) / LINE_EM / 2), spanGaps: true, points: { show: false } };
}

/**
 * Find the nearest value: curves over different x have no value at most positions of the common x.
 * @param {uPlot} chart @param {number} series @param {number} index
 */
function nearestPoint(chart, series, index) {
  const ys = chart.data[series];
  for (let away = 0; away < ys.length; away += 1) {
    if (ys[index - away] != null) return index - away;
    if (ys[index + away] != null) return index + away;
  }
  return index;
}

/**
 * Draw marks along a curve: with colour and dash, the third way to recognise it.
 * @param {uPlot} chart @param {number} series @param {Model["curves"][number]} curve
 * @param {{colour: (property: string) => string, emPx: number}} style
 */
function drawMarks(chart, series, { count, mark, colour: index }, { colour, emPx }) {
  const { ctx, data } = chart;
  const every = Math.max(1, Math.ceil(count / MARKS_PER_CURVE));
  let seen = 0;
  ctx.save();
  ctx.fillStyle = colour(seriesProperty(index));
  ctx.globalAlpha = chart.series[series].alpha ?? 1;
  ctx.beginPath();
  data[series].forEach((y, at) => {
    if (y == null || seen++ % every) return;
    TRACES[mark](ctx, chart.valToPos(data[0][at], "x", true), chart.valToPos(y, "y", true), 0.3 * emPx * devicePixelRatio);
  });
  ctx.fill();
  ctx.restore();
}

/** @param {Parts} parts @param {Model} model @returns {[import("./tooltip.js").Tooltip | null, {x: number, y: number}?]} */
function tooltipAt({ chart, hidden }, model) {
  const { left = -1, top = -1, idx, idxs } = chart?.cursor ?? {};
  if (!chart || left < 0 || idx == null || !idxs) return [null];
  const read = model.curves.flatMap(({ name, colour, mark }, index) => {
    const y = model.columns[index + 1][idxs[index + 1] ?? -1];
    return hidden.has(name) || y == null ? [] : [{ y: /** @type {number} */ (y), name, colour, symbol: symbolOf(mark) }];
  });
  read.sort((a, b) => b.y - a.y);
  const lines = read.slice(0, TOOLTIP_LINES).map(({ y, ...line }) => ({ ...line, value: y.toFixed(3) }));
  if (read.length > TOOLTIP_LINES) lines.push({ name: `and ${read.length - TOOLTIP_LINES} lower`, colour: 0, symbol: "", value: "" });
  const box = chart.over.getBoundingClientRect();
  return [{ title: `${isolated(model.xLabel || "x")}: ${preciseText(model.xs[idx])}`, lines }, { x: box.left + left, y: box.top + top }];
}
