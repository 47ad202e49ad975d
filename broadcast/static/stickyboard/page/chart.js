// @ts-check
/** Curves in a uPlot, with a legend that hides and isolates, and a crosshair that tells the values. */

import { askForPaint, make, once, setAttribute, setText } from "./dom.js";
import { preciseText } from "./format.js";
import { hiddenText, partOf } from "./hidden.js";
import { ALL_DASHES, Hidden, paintChoices, signOf } from "./legend.js";
import { lookOf, propertyOf, shownIn, watchSize } from "./computed_style.js";
import { TRACES } from "./marks.js";
import { seriesProperty } from "./palette.js";
import { axisTicks, tickTexts } from "./ticks.js";
import { isolated } from "./text.js";
import { paintTip } from "./tooltip.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";

/** @typedef {import("./scenes/attack_profile.js").Model} Model */

const Y_TICKS = [0, 0.25, 0.5, 0.75, 1];
const LINES = 8;
const MARKS_PER_CURVE = 6;
const FADED = 0.25;
const LEAST_PX = 60;
const [Y_AXIS_EM, RIGHT_EM] = [3.4, 2];
const SIDES_EM = Y_AXIS_EM + RIGHT_EM;
const LINE_EM = 6; // lines to a letter's size, so that they are seen from as far as letters

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
  paintTip(element, ...tipAt(parts, model));
  return hiddenText([partOf(shownIn(parts.legend), model.curves.length, "name")], "Scroll the names for the rest.");
}

/** @param {import("./ticks.js").Tick[]} ticks @param {Model} model @returns {string} with the numbers, where ticks have no room for them */
function xLabelOf(ticks, { xLabel, left, right }) {
  const [from, to] = tickTexts([left, right]);
  const range = ticks.length === 0 ? `${from} to ${to}` : "";
  const text = [xLabel && isolated(xLabel), range].filter(Boolean).join(": ");
  return text && `${text} →`;
}

/** @param {Model["curves"][number]} curve */
function legendItem({ name, colour, mark }) {
  return { name, colour, sign: signOf(mark), dash: dashOf(mark) };
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
    look: "",
    hasCursor: false,
    model: /** @type {Model} */ (/** @type {unknown} */ (null)),
  };
}

/** @typedef {ReturnType<typeof build>} Parts */

/** @param {Parts} parts @param {Model} model */
function paintPlot(parts, model) {
  // Not before the legend has its rows: it takes its height from the plot.
  const { width, height } = (parts.size ??= watchSize(parts.plot));
  if (width < LEAST_PX || height < LEAST_PX) return;
  const style = lookOf(parts.plot);
  parts.ticks = axisTicks(model.left, model.right, width / style.emPx - SIDES_EM);
  const colour = (/** @type {string} */ property) => propertyOf(parts.plot, property);
  // All that setData and setSize cannot change; when any of it differs, the chart is made anew.
  const look = JSON.stringify([style.emPx, colour("--text"), model.curves.map(({ name }) => name)]);
  const columns = /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ (model.columns));
  if (parts.look !== look) {
    parts.chart?.destroy();
    parts.look = look;
    parts.chart = new uPlot({ ...optionsOf(parts, colour, style), width: Math.floor(width), height: Math.floor(height) }, columns, parts.plot);
    return showChosen(parts.chart, parts, model);
  }
  const chart = /** @type {uPlot} */ (parts.chart);
  const size = { width: Math.floor(width), height: Math.floor(height) };
  if (chart.width !== size.width || chart.height !== size.height) chart.setSize(size);
  // In a batch uPlot draws at once, so that what it throws is this scene's.
  chart.batch(() => {
    if (chart.data !== columns) chart.setData(columns);
    showChosen(chart, parts, model);
  });
}

/** @param {uPlot} chart @param {Parts} parts @param {Model} model */
function showChosen(chart, { hidden }, model) {
  model.curves.forEach(({ name }, index) => {
    if (chart.series[index + 1].show === hidden.has(name)) chart.setSeries(index + 1, { show: !hidden.has(name) });
  });
}

/** @param {Parts} parts @param {(property: string) => string} colour @param {import("./computed_style.js").Look} style @returns {Omit<uPlot.Options, "width" | "height">} */
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
    focus: { alpha: FADED },
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

/** uPlot tells of its cursor also when nobody moved it. @param {uPlot} chart @param {Parts} parts */
function followCursor({ cursor: { left = -1 } }, parts) {
  const isThere = left >= 0;
  if (isThere || parts.hasCursor) askForPaint(parts.plot);
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
 * Curves over other x have no value at most places of the common x; the nearest one is told.
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
 * Some marks along a curve: the third sign, beside colour and dash, by which it is known.
 * @param {uPlot} chart @param {number} series @param {Model["curves"][number]} curve
 * @param {{colour: (property: string) => string, emPx: number}} look
 */
function drawMarks(chart, series, { count, mark, colour: index }, { colour, emPx }) {
  const { ctx: pen, data } = chart;
  const every = Math.max(1, Math.ceil(count / MARKS_PER_CURVE));
  let met = 0;
  pen.save();
  pen.fillStyle = colour(seriesProperty(index));
  pen.globalAlpha = chart.series[series].alpha ?? 1;
  pen.beginPath();
  data[series].forEach((y, at) => {
    if (y == null || met++ % every) return;
    TRACES[mark](pen, chart.valToPos(data[0][at], "x", true), chart.valToPos(y, "y", true), 0.3 * emPx * devicePixelRatio);
  });
  pen.fill();
  pen.restore();
}

/** @param {Parts} parts @param {Model} model @returns {[import("./tooltip.js").Tip | null, {x: number, y: number}?]} */
function tipAt({ chart, hidden }, model) {
  const { left = -1, top = -1, idx, idxs } = chart?.cursor ?? {};
  if (!chart || left < 0 || idx == null || !idxs) return [null];
  const read = model.curves.flatMap(({ name, colour, mark }, index) => {
    const y = model.columns[index + 1][idxs[index + 1] ?? -1];
    return hidden.has(name) || y == null ? [] : [{ y: /** @type {number} */ (y), name, colour, sign: signOf(mark) }];
  });
  read.sort((a, b) => b.y - a.y);
  const lines = read.slice(0, LINES).map(({ y, ...line }) => ({ ...line, value: y.toFixed(3) }));
  if (read.length > LINES) lines.push({ name: `and ${read.length - LINES} lower`, colour: 0, sign: "", value: "" });
  const box = chart.over.getBoundingClientRect();
  return [{ title: `${isolated(model.xLabel || "x")}: ${preciseText(model.xs[idx])}`, lines }, { x: box.left + left, y: box.top + top }];
}
