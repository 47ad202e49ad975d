// @ts-check
/** What is drawn over the lines of a plot: marks, thresholds, and names at the ends. */

import { drawText } from "./canvas.js";
import { TRACES } from "./marks.js";
import { seriesProperty } from "./palette.js";
import { shareOf } from "./axis.js";
import { shortNames } from "./short_names.js";
import { nameText } from "./safe_text.js";

/**
 * @typedef {InstanceType<typeof import("../vendor/uplot/uPlot.esm.js")>} Chart
 * @typedef {import("./plot.js").Plot} Plot
 * @typedef {{emPx: number, fontFamily: string, colour: (property: string) => string}} Pen
 */

export const LINE_EM = 6; // lines per letter height, so that lines are as legible from afar as letters
const MARKS_PER_CURVE = 6;
const MAX_MARKS = 60; // of a plot with many curves, which then have at least one each
const GOLDEN = 0.618; // spreads the only marks of many curves
const MAX_NAME_EM = 10;
const ROW_EM = 1.15; // between names at the ends

/** Draw marks along a curve: with colour and dash, the third way to recognise it. @param {Chart} chart @param {number} series @param {Plot} plot */
export function drawMarks(chart, series, { traces, drawing, pen }) {
  const { ctx, data } = chart;
  const { line, role } = traces[series - 1];
  if (role !== "line" || drawing.isStepped) return;
  const ys = data[series];
  ctx.save();
  ctx.fillStyle = pen.colour(seriesProperty(line.colour));
  ctx.globalAlpha = chart.series[series].alpha ?? 1;
  ctx.beginPath();
  for (const at of markedOf(ys, series, traces.length)) {
    const y = Number(ys[at]);
    if (y >= 0 && y <= 1) TRACES[line.mark](ctx, chart.valToPos(data[0][at], "x", true), chart.valToPos(y, "y", true), 0.3 * pen.emPx * devicePixelRatio);
  }
  ctx.fill();
  ctx.restore();
}

/**
 * @param {ArrayLike<number | null | undefined>} ys @param {number} series @param {number} curves of the plot
 * @returns {Set<number>} indexes of points at about equal distances
 */
export function markedOf(ys, series, curves) {
  const marked = new Set();
  const most = Math.max(1, Math.min(MARKS_PER_CURVE, Math.floor(MAX_MARKS / curves)));
  const step = Math.max(1, ys.length / most);
  for (let from = most === MARKS_PER_CURVE ? 0 : step * ((series * GOLDEN) % 1); from < ys.length; from += step) {
    let at = Math.floor(from);
    while (at < ys.length && !Number.isFinite(ys[at])) at += 1;
    if (at < ys.length) marked.add(at);
  }
  return marked;
}

/** Draw a cross on the x axis where a line has a gap. @param {Chart} chart @param {Plot} plot */
export function drawGaps(chart, { drawing, pen }) {
  const { ctx, bbox } = chart;
  const half = 0.25 * pen.emPx * devicePixelRatio;
  const bottom = bbox.top + bbox.height - half;
  ctx.save();
  ctx.lineWidth = Math.max(1, half / 2);
  for (const { colour, x, y, gaps = 0 } of drawing.lines) {
    if (gaps === 0) continue;
    ctx.strokeStyle = pen.colour(seriesProperty(colour));
    ctx.beginPath();
    for (let [index, before] = [0, -Infinity]; index < y.length; index += 1) {
      const share = Number.isNaN(y[index]) ? shareOf(x[index], drawing.x) : -1;
      const at = bbox.left + share * bbox.width;
      if (share < 0 || share > 1 || at - before < 1) continue;
      before = at;
      ctx.moveTo(at - half, bottom - half);
      ctx.lineTo(at + half, bottom + half);
      ctx.moveTo(at - half, bottom + half);
      ctx.lineTo(at + half, bottom - half);
    }
    ctx.stroke();
  }
  ctx.restore();
}

/** @param {Chart} chart @param {Plot} plot */
export function drawThresholds(chart, { drawing, pen }) {
  const { ctx, bbox } = chart;
  const emPx = pen.emPx * devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${emPx}px ${pen.fontFamily}`;
  ctx.textAlign = "left";
  ctx.lineWidth = emPx / LINE_EM / 1.5;
  ctx.setLineDash([emPx / 2, emPx / 3]);
  let labelled = Infinity;
  for (const { at, word, level } of drawing.thresholds) {
    const share = shareOf(at, drawing.y);
    if (share < 0 || share > 1) continue;
    const y = chart.valToPos(share, "y", true);
    ctx.fillStyle = ctx.strokeStyle = pen.colour(level === "alert" ? "--alert" : "--warn");
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    if (Math.abs(y - labelled) < ROW_EM * emPx) continue; // the words would overlap
    labelled = y;
    const isAbove = y - bbox.top > 1.5 * emPx;
    drawOnSurface(ctx, word, { x: bbox.left + emPx / 3, y: isAbove ? y - 0.75 * emPx : y + 0.75 * emPx, emPx }, pen.colour("--surface"));
  }
  ctx.restore();
}

/**
 * Draw a word over lines, which are pale behind it.
 * @param {CanvasRenderingContext2D} ctx in the word's colour @param {string} word
 * @param {{x: number, y: number, emPx: number}} at the middle of its beginning @param {string} surface
 */
function drawOnSurface(ctx, word, { x, y, emPx }, surface) {
  const colour = ctx.fillStyle;
  ctx.globalAlpha = 0.75;
  ctx.fillStyle = surface;
  ctx.fillRect(x - emPx / 6, y - emPx / 2, ctx.measureText(word).width + emPx / 3, emPx);
  ctx.globalAlpha = 1;
  ctx.fillStyle = colour;
  ctx.textBaseline = "middle";
  drawText(ctx, word, x, y);
}

/** @param {Chart} chart @param {Plot} plot @returns {number} width of the names at the ends of lines, in CSS pixels */
export function endsWidth({ ctx }, plot) {
  const { pen } = plot;
  const names = endNames(ctx, plot);
  return pen.emPx + Math.max(pen.emPx, ...names.map((name) => ctx.measureText(name).width / devicePixelRatio));
}

/** @param {CanvasRenderingContext2D} ctx @param {Plot} plot @returns {string[]} the names of the lines, shortened where necessary */
function endNames(ctx, { drawing, pen }) {
  const emPx = pen.emPx * devicePixelRatio;
  ctx.font = `${emPx}px ${pen.fontFamily}`;
  return shortNames(drawing.lines.map(({ name }) => nameText(name)), (text) => ctx.measureText(text).width <= MAX_NAME_EM * emPx);
}

/** @param {Chart} chart @param {Plot} plot */
export function drawEnds(chart, plot) {
  const { traces, drawing, pen } = plot;
  if (!drawing.isNamed) return;
  const { ctx, data, bbox } = chart;
  ctx.save();
  const names = endNames(ctx, plot);
  const emPx = pen.emPx * devicePixelRatio;
  const ends = drawing.lines.flatMap((line, index) => {
    const series = traces.findIndex((trace) => trace.line === line && trace.role === "line") + 1;
    const share = lastIn(data[series]);
    return share === undefined ? [] : [{ at: chart.valToPos(share, "y", true), name: names[index], colour: line.colour }];
  });
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  spread(ends, ROW_EM * emPx, bbox.top + bbox.height).forEach(({ at, name, colour }) => {
    ctx.fillStyle = pen.colour(seriesProperty(colour));
    drawText(ctx, name, bbox.left + bbox.width + emPx / 2, at);
  });
  ctx.restore();
}

/** @param {ArrayLike<number | null | undefined>} shares @returns {number | undefined} the last one, limited to the axis */
function lastIn(shares) {
  for (let index = shares.length - 1; index >= 0; index -= 1) {
    const share = shares[index];
    if (share != null && Number.isFinite(share)) return Math.max(0, Math.min(1, share));
  }
  return undefined;
}

/**
 * Move labels apart, so that none overlaps another.
 * @template {{at: number}} Label
 * @param {Label[]} labels @param {number} least distance @param {number} bottom
 * @returns {Label[]} from the top to the bottom
 */
export function spread(labels, least, bottom) {
  const sorted = [...labels].sort((a, b) => a.at - b.at);
  const moved = sorted.map((label) => ({ ...label }));
  moved.forEach((label, index) => {
    if (index > 0) label.at = Math.max(label.at, moved[index - 1].at + least);
  });
  for (let [index, most] = [moved.length - 1, bottom]; index >= 0; index -= 1, most = moved[index + 1].at - least) {
    moved[index].at = Math.min(moved[index].at, most);
  }
  return moved;
}
