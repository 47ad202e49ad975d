// @ts-check
/** How a plot looks and behaves, as uPlot's options. They read the plot's newest drawing whenever uPlot draws. */

import { shareOf } from "./axis.js";
import { drawDense } from "./dense.js";
import { seriesProperty } from "./palette.js";
import { LINE_EM, drawEnds, drawGaps, drawMarks, drawThresholds, endsWidth } from "./plot_marks.js";
import { axisTicks, thinned, verticalTicks } from "./ticks.js";
import uPlot from "../vendor/uplot/uPlot.esm.js";

/**
 * @typedef {import("./plot.js").Plot} Plot
 * @typedef {import("./plot_traces.js").Trace} Trace
 */

const FADED_ALPHA = 0.25;
const RIGHT_EM = 2;
const LETTER_EM = 0.62;
const DOT_EM = 0.7;
const BESIDE = 0.03; // of the axis: how far beyond its end a curve is read

/** @param {Plot} plot @returns {Omit<uPlot.Options, "width" | "height">} */
export function optionsOf(plot) {
  const { emPx } = plot.pen;
  const ticksAlong = (/** @type {uPlot} */ { bbox }) => axisTicks(plot.drawing.x, bbox.width / devicePixelRatio / plot.pen.emPx);
  return {
    padding: [emPx / 2, (chart) => (plot.drawing.isNamed ? endsWidth(chart, plot) : RIGHT_EM * plot.pen.emPx), 0, 0],
    legend: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { auto: false, range: [0, 1] } },
    axes: [axisOf(plot, ticksAlong, 2 * emPx), axisOf(plot, ticksUp, (texts) => plot.pen.emPx * Math.max(2, ...texts.map((text) => 1 + LETTER_EM * text.length)))],
    series: [{}, ...plot.traces.map((trace, index) => seriesOf(plot, trace, index))],
    bands: bandsOf(plot),
    focus: { alpha: FADED_ALPHA },
    cursor: cursorOf(plot),
    hooks: hooksOf(plot),
  };
}

/**
 * @param {Plot} plot @param {(chart: uPlot, plot: Plot) => Tick[]} ticksOf
 * @param {number | ((texts: string[]) => number)} size
 * @returns {uPlot.Axis}
 */
function axisOf(plot, ticksOf, size) {
  const { emPx, fontFamily, colour } = plot.pen;
  let ticks = /** @type {Tick[]} */ ([]);
  return {
    stroke: colour("--muted"),
    font: `${emPx}px ${fontFamily}`,
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { stroke: colour("--grid"), size: 4 },
    gap: 4,
    size: typeof size === "number" ? size : (_, texts) => size(texts ?? []),
    splits: (chart) => (ticks = ticksOf(chart, plot)).map(({ share }) => share),
    values: () => ticks.map(({ text }) => text),
  };
}

/** @param {uPlot} chart @param {Plot} plot */
function ticksUp({ bbox }, { drawing: { y, yFormat, yTicks }, pen }) {
  const lengthEm = bbox.height / devicePixelRatio / pen.emPx;
  if (!yTicks) return verticalTicks(y, lengthEm, yFormat);
  return thinned(yTicks, lengthEm).map(({ at, text }) => ({ share: shareOf(at, y), text }));
}

/** @param {Plot} plot @param {Trace} trace @param {number} index @returns {uPlot.Series} */
function seriesOf(plot, { line, role }, index) {
  const { drawing, isDense, pen: { emPx, colour } } = plot;
  const stroke = colour(seriesProperty(line.colour));
  const isFilled = role === "line" && line.base !== undefined;
  return {
    label: line.name,
    stroke: role === "line" ? stroke : role === "raw" ? mixed(stroke, 30) : undefined,
    width: strokePx(role, drawing.isOpaque === true, emPx),
    dash: role === "line" ? line.dash.map((length) => (length * emPx) / LINE_EM / 2) : [],
    points: { show: false },
    paths: isDense && role !== "low" && role !== "high" ? () => null : drawing.isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined,
    fill: isFilled ? mixed(stroke, 30, drawing.isOpaque ? colour("--surface") : "transparent") : undefined,
    fillTo: () => shareOf(plot.traces[index].line.base ?? 0, plot.drawing.y),
  };
}

/** @param {Trace["role"]} role @param {boolean} isOpaque @param {number} emPx */
function strokePx(role, isOpaque, emPx) {
  return role === "low" || role === "high" ? 0 : emPx / LINE_EM / (role === "raw" || isOpaque ? 2 : 1);
}

/** @param {Plot} plot @returns {uPlot.Band[]} */
function bandsOf({ traces, pen }) {
  return traces.flatMap(({ line, role }, index) => {
    return role === "high" ? [{ series: /** @type {[number, number]} */ ([index + 1, index]), fill: mixed(pen.colour(seriesProperty(line.colour)), 20) }] : [];
  });
}

/** @param {Plot} plot @returns {uPlot.Cursor} */
function cursorOf(plot) {
  const { sync, onReset } = plot.listeners;
  return {
    drag: { x: true, y: false, setScale: false },
    focus: { prox: 24 },
    dataIdx: (_, series, index) => (series === 0 ? index : plot.traces[series - 1].role === "line" ? nearestPoint(plot, series - 1, index) : null),
    points: { size: plot.pen.emPx * DOT_EM },
    bind: { dblclick: () => () => (onReset(), null) },
    ...(sync && { sync: { key: sync, setSeries: false, scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } } }),
  };
}

/** @param {Plot} plot @returns {uPlot.Hooks.Arrays} */
function hooksOf(plot) {
  return {
    ready: [({ over }) => over.addEventListener("mouseenter", () => plot.listeners.onEnter())],
    drawSeries: [(chart, index) => drawMarks(chart, index, plot)],
    draw: [(chart) => drawDense(chart, plot), (chart) => drawGaps(chart, plot), (chart) => drawThresholds(chart, plot), (chart) => drawEnds(chart, plot)],
    setCursor: [(chart) => plot.followCursor(chart)],
    setSelect: [(chart) => selected(chart, plot)],
  };
}

/** @param {uPlot} chart @param {Plot} plot */
function selected(chart, { listeners }) {
  const { left, width } = chart.select;
  if (width === 0) return;
  const across = chart.over.clientWidth;
  chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  listeners.onSelect(left / across, (left + width) / across);
}

/** @param {string} colour @param {number} percent @param {string} [other] */
function mixed(colour, percent, other = "transparent") {
  return `color-mix(in srgb, ${colour} ${percent}%, ${other})`;
}

/**
 * Find the nearest value: curves over different x have no value at most positions of the common x.
 * @param {Plot} plot @param {number} trace @param {number} index
 * @returns {number | null} null beyond the ends of a curve
 */
function nearestPoint({ columns }, trace, index) {
  if (!columns) return null;
  const { shares, ys: { [trace]: ys } } = columns;
  let [before, after] = [index, index];
  while (before >= 0 && !Number.isFinite(ys[before])) before -= 1;
  while (after < ys.length && !Number.isFinite(ys[after])) after += 1;
  const [left, right] = [shares[index] - shares[before], shares[after] - shares[index]].map((away) => (away >= 0 ? away : Infinity));
  if (Math.min(left, right) > (left < 1 && right < 1 ? 1 : BESIDE)) return null;
  return left <= right ? before : after;
}
