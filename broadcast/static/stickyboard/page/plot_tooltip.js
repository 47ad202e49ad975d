// @ts-check
/** The values of a plot's lines at its crosshair. */

import { valueOf } from "./axis.js";
import { indexAfter, indexOf } from "./columns.js";
import { formatted, preciseText } from "./format.js";
import { symbolOf } from "./legend.js";
import { isolated } from "./safe_text.js";
import { clockText } from "./times.js";

/** @typedef {import("./plot_traces.js").Line} Line */

const MAX_LINES = 8;

/** @param {import("./plot.js").Plot} plot @param {import("./chart.js").Model} model @returns {Tooltip | null} */
export function tooltipOf({ chart, columns, traces, drawing }, model) {
  const { left = -1, idx, idxs } = chart?.cursor ?? {};
  if (left < 0 || idx == null || !idxs || columns?.shares[idx] === undefined) return null;
  const at = valueOf(left / Number(chart?.over.clientWidth), drawing.x);
  // The chart has found which lines have a value near the crosshair. The lines have the exact values.
  const lines = traces.filter(({ role }, index) => role === "line" && idxs[index + 1] != null).map(({ line }) => line);
  return tooltipFor(lines, at, model);
}

/** @param {Line[]} lines @param {number} at @param {Pick<import("./chart.js").Model, "x" | "y" | "isStepped">} model @returns {Tooltip | null} */
export function tooltipFor(lines, at, { x, y, isStepped }) {
  const find = isStepped ? binAt : nearest;
  const points = lines.map((line) => ({ line, index: find(line.x, at) })).sort((a, b) => heightOf(b) - heightOf(a));
  if (points.length === 0) return null;
  const exact = points.map(({ line, index }) => line.x[index]).reduce((best, each) => (Math.abs(each - at) < Math.abs(best - at) ? each : best));
  const read = points.slice(0, MAX_LINES).map(({ line, index }) => ({ name: line.label ?? line.name, colour: line.colour, symbol: symbolOf(line.mark), value: valueText(line, index, y.format) }));
  const more = points.length - read.length;
  const [{ line: first, index }] = points;
  const text = isStepped ? `${preciseText(first.x[index])} to ${preciseText(first.x[index + 1])}` : preciseText(exact);
  const title = x.kind === "time" ? clockText(exact) : `${isolated(x.title || "x")}: ${text}`;
  return { title, lines: more > 0 ? [...read, { name: `and ${more} lower`, colour: null, symbol: "", value: "" }] : read };
}

/** @param {{line: Line, index: number}} point */
function heightOf({ line, index }) {
  return Number.isNaN(line.y[index]) ? -Infinity : line.y[index];
}

/** @param {ArrayLike<number>} ascending not empty @param {number} at @returns {number} index of the nearest number */
function nearest(ascending, at) {
  const after = Math.min(ascending.length - 1, indexOf(ascending, at));
  return after > 0 && at - ascending[after - 1] <= ascending[after] - at ? after - 1 : after;
}

/** @param {ArrayLike<number>} edges @param {number} at @returns {number} index of the bin's lower edge */
function binAt(edges, at) {
  return Math.max(0, Math.min(edges.length - 2, indexAfter(edges, at) - 1));
}

/** @param {Line} line @param {number} index @param {string} [format] */
function valueText({ y, raw, low, high, read = y }, index, format) {
  if (Number.isNaN(read[index])) return "not a number";
  const text = (/** @type {number} */ value) => (format ? formatted(value, format) : preciseText(value));
  const band = low?.length && high?.length ? ` (${text(low[index])} to ${text(high[index])})` : "";
  return `${text(read[index])}${raw ? `, measured ${text(raw[index])}` : ""}${band}`;
}
