// @ts-check
/** Axes around points: the visible part of each, and its numbers on the canvas. */

import { axisOf, shareOf, valueOf } from "./axis.js";
import { drawText } from "./canvas.js";
import { axisTicks, verticalTicks } from "./ticks.js";

/**
 * @typedef {import("./points.js").Area} Area
 * @typedef {{x: string, y: string}} Titles
 * @typedef {{area: Area, x: Axis, y: Axis, xTicks: Tick[], yTicks: Tick[]}} Frame
 */

const [LINE_EM, GAP_EM, MAX_LEFT] = [1.5, 0.5, 0.4];
const MARGIN = 0.05; // around the points, in lengths of the axis

/**
 * @param {import("./points.js").Extent} extent
 * @param {{factor: number, x: number, y: number}} zoom
 * @returns {{x: Axis, y: Axis}} the visible part of both axes
 */
export function visibleAxes({ left, right, low, high }, zoom) {
  const [x, y] = [axisOf({ low: left, high: right }, "linear"), axisOf({ low, high }, "linear")];
  return { x: partOf(x, zoom.factor, zoom.x), y: partOf(y, zoom.factor, -zoom.y) };
}

/** @param {Axis} axis @param {number} factor @param {number} offset of the centre, in lengths of the axis @returns {Axis} */
function partOf(axis, factor, offset) {
  const [low, high] = [-0.5, 0.5].map((end) => limited(valueOf(0.5 + ((end - offset) * (1 + 2 * MARGIN)) / factor, axis)));
  return low < high ? { ...axis, low, high } : axis; // two neighbouring numbers have nothing in between
}

/** @param {number} value */
function limited(value) {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

/** @param {Pick<Frame, "area" | "x" | "y">} frame @returns {import("./points.js").Projection} */
export function axesProjection({ area, x, y }) {
  return (across, up) => [area.left + shareOf(across, x) * area.width, area.top + (1 - shareOf(up, y)) * area.height];
}

/**
 * Lay out both axes: the numbers of the vertical one determine where the area begins.
 * @param {Surface} surface @param {{x: Axis, y: Axis}} axes
 * @returns {Frame}
 */
export function frameOf({ ctx, width, height, sizePx, font }, { x, y }) {
  const emPx = sizePx("--text-xs");
  ctx.font = font(emPx);
  const [top, bottom] = [1.5 * LINE_EM * emPx, 2 * LINE_EM * emPx];
  const inner = Math.max(0, height - top - bottom);
  const yTicks = verticalTicks(y, inner / emPx);
  const left = Math.min(MAX_LEFT * width, Math.max(0, ...yTicks.map(({ text }) => ctx.measureText(text).width)) + GAP_EM * emPx);
  const area = { left, top, width: Math.max(0, width - left - emPx), height: inner };
  return { area, x, y, xTicks: axisTicks(x, area.width / emPx), yTicks };
}

/**
 * Draw grid and numbers behind the points, which are drawn already.
 * @param {Surface} surface @param {Frame} frame @param {Titles} titles
 */
export function drawAxes({ ctx, width, height, colour, sizePx, font }, { area, xTicks, yTicks }, titles) {
  const emPx = sizePx("--text-xs");
  const [right, bottom] = [area.left + area.width, area.top + area.height];
  ctx.save();
  ctx.globalCompositeOperation = "destination-over";
  ctx.font = font(emPx);
  ctx.fillStyle = colour("--muted");
  ctx.strokeStyle = colour("--grid");
  ctx.textBaseline = "middle";
  ctx.beginPath();
  ctx.textAlign = "right";
  for (const { share, text } of yTicks) {
    const y = Math.round(area.top + (1 - share) * area.height) + 0.5;
    ctx.moveTo(area.left, y);
    ctx.lineTo(right, y);
    drawText(ctx, text, area.left - (GAP_EM / 2) * emPx, y, area.left);
  }
  ctx.textAlign = "center";
  for (const { share, text } of xTicks) {
    const x = Math.round(area.left + share * area.width) + 0.5;
    ctx.moveTo(x, area.top);
    ctx.lineTo(x, bottom);
    drawText(ctx, text, x, bottom + (LINE_EM / 2) * emPx);
  }
  ctx.stroke();
  ctx.textAlign = "left";
  drawText(ctx, `↑ ${titles.y}`, 0, (LINE_EM / 2) * emPx, width);
  ctx.textAlign = "right";
  drawText(ctx, `${titles.x} →`, right, height - (LINE_EM / 2) * emPx, width);
  ctx.restore();
}
