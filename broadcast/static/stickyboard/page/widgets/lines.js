// @ts-check
/** Curves over x. */

import { extentOf } from "../axis.js";
import { paintChart } from "../chart.js";
import { TIME, readCurves, smoothed } from "../curves.js";
import { valueAt } from "../fields.js";
import { byName, countText, formatted, plural } from "../format.js";
import { namesText } from "../hidden.js";
import { lastModel } from "../last_model.js";
import { ALL_DASHES, symbolOf } from "../legend.js";
import { MARKS, seriesOf } from "../palette.js";
import { isolated } from "../text.js";
import { passed } from "../thresholds.js";
import { entriesOf } from "../view.js";
import { stampText } from "../times.js";

/**
 * @typedef {import("../curves.js").Curve} Curve
 * @typedef {import("../widget.js").View} View
 * @typedef {import("../widget.js").Context} Context
 * @typedef {[number, number]} Range
 *
 * @typedef {import("../curves.js").Fields & {smooth?: number, y_scale?: "linear" | "log", x_range?: Range, y_range?: Range,
 *   thresholds?: import("../thresholds.js").Threshold[], x_title?: string, y_title?: string, x_title_field?: string,
 *   y_title_field?: string, format?: string}} Options
 */

const MAX_ALERTS = 20;
const WEIGHTS = [0, 0.6, 0.9, 0.99];

/** @param {Options} options @returns {import("../widget.js").Widget} */
export function widget(options) {
  return {
    empty: { text: "No points yet." },
    model: lastModel((entries, context) => modelOf(entries, chosen(options, context), context)),
    paint: paintChart,
    table: (view, context) => tableOf(view, context, options),
    options: choicesOf(options),
  };
}

/** @param {Options} options @returns {import("../widget.js").Option[]} */
function choicesOf({ smooth = 0, y_scale = "linear" }) {
  const weights = [smooth, ...WEIGHTS.filter((weight) => weight !== smooth)];
  const scales = y_scale === "log" ? ["log", "linear"] : ["linear", "log"];
  return [
    { name: "order", title: "Legend", choices: [{ value: "name", title: "By name" }, { value: "value", title: "By last value" }] },
    { name: "smooth", title: "Smoothing", choices: weights.map((weight) => ({ value: String(weight), title: weight === 0 ? "None" : String(weight) })) },
    { name: "scale", title: "Vertical scale", choices: scales.map((scale) => ({ value: scale, title: scale === "log" ? "Logarithmic" : "Linear" })) },
  ];
}

/** @param {Options} options @param {Context} context @returns {Options & {isByValue: boolean}} with the user's choices */
function chosen(options, { options: choices = {} }) {
  const { smooth = options.smooth, scale = options.y_scale, order } = choices;
  return { ...options, smooth: Number(smooth ?? 0), y_scale: scale === "log" ? "log" : "linear", isByValue: order === "value" };
}

/**
 * @param {import("../widget.js").Entry[]} entries
 * @param {Options & {isByValue: boolean}} options
 * @param {Context} context
 * @returns {import("../chart.js").Model & {alerts: import("../widget.js").Alert[]}}
 */
function modelOf(entries, options, { isTile = false }) {
  const { x = TIME, y, split, y_scale, thresholds = [], format } = options;
  const isLog = y_scale === "log";
  const { panels, omitted, unread } = readCurves(entries, options, isLog);
  const curves = [...panels.values()].flatMap((named) => [...named.values()]);
  const styles = stylesOf(curves);
  const names = [...styles.values()].sort(options.isByValue ? byValue : (a, b) => byName(a.name, b.name));
  const rank = new Map(names.map(({ name }, index) => [name, index]));
  const isTime = x === TIME && curves.every(({ isWhole }) => !isWhole);
  return {
    panels: [...panels].sort(([a], [b]) => byName(a, b)).map(([title, named]) => ({
      title,
      lines: [...named.values()].sort((a, b) => Number(rank.get(a.name)) - Number(rank.get(b.name))).map((curve) => lineOf(curve, styles, options)),
    })),
    names: names.map((style) => ({ ...style, detail: style.isWhole ? "" : formatted(style.newest, format) })),
    x: { kind: isTime ? "time" : "linear", extent: pairOf(options.x_range) ?? extentOf(curves.map(({ x }) => [x[0], x[x.length - 1]])), title: titleOf(entries, options.x_title, options.x_title_field) },
    y: { kind: isLog ? "log" : "linear", range: pairOf(options.y_range), isShared: split !== undefined && ![y].flat().includes(split), title: titleOf(entries, options.y_title, options.y_title_field), format },
    thresholds, isTile,
    alerts: alertsOf(curves, thresholds, format),
    sentence: `${plural(curves.length, "curve")}: ${namesText(names.map(({ name }) => name))}`,
    notes: [
      gapText(curves),
      omitted ? `${plural(omitted, "value")} of 0 or below cannot be drawn on a logarithmic scale.` : "",
      unread ? `Without the oldest ${plural(unread, "event")}: a chart has at most ${countText(2 ** 20)} points.` : "",
    ].filter(Boolean),
  };
}

/** @param {Curve[]} curves @returns {string} how many values are no numbers, and of which curves */
function gapText(curves) {
  const odd = curves.filter(({ gaps }) => gaps.length > 0);
  const count = odd.reduce((sum, { gaps }) => sum + gaps.length, 0);
  const names = namesText([...new Set(odd.map(({ name }) => name))]);
  return count ? `${plural(count, "value is", "values are")} no number (NaN or infinite), marked ✕: ${names}.` : "";
}

/** @typedef {import("../legend.js").LegendItem & {mark: number, newest?: number, isWhole: boolean}} Style */

/** @param {Curve[]} curves @returns {Map<string, Style>} by the curves' names */
function stylesOf(curves) {
  const series = seriesOf(curves.map((curve) => curve.series));
  /** @type {Map<string, Style>} */
  const styles = new Map();
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { name, series: of, newest, isWhole } of [...curves].sort((a, b) => byName(a.name, b.name))) {
    if (styles.has(name)) continue;
    // Several fields of one series have its colour, and a dash and a mark each.
    const before = counts.get(of) ?? 0;
    counts.set(of, before + 1);
    const { colour, mark: first } = series.get(of) ?? { colour: 0, mark: 0 };
    const mark = (first + before) % MARKS.length;
    styles.set(name, { name, colour, mark, symbol: symbolOf(mark), dash: ALL_DASHES[mark % ALL_DASHES.length], newest, isWhole });
  }
  return styles;
}

/** @param {Style} a @param {Style} b the highest newest value first */
function byValue(a, b) {
  return (b.newest ?? -Infinity) - (a.newest ?? -Infinity) || byName(a.name, b.name);
}

/** @param {Curve} curve @param {Map<string, Style>} styles @param {Options} options @returns {import("../plot.js").Line} */
function lineOf({ name, x, y, gaps, low, high }, styles, { smooth = 0 }) {
  const { colour, mark, dash = [] } = /** @type {Style} */ (styles.get(name));
  return { name, colour, mark, dash, x, y: smooth > 0 ? smoothed(y, smooth) : y, raw: smooth > 0 ? y : undefined, gaps, low, high };
}

/** @param {Range} [range] */
function pairOf(range) {
  return range ? { low: range[0], high: range[1] } : null;
}

/** @param {import("../widget.js").Entry[]} entries @param {string} [title] @param {string} [field] @returns {string} the newest text of the field */
function titleOf(entries, title = "", field) {
  if (field === undefined) return title;
  const newest = entries.slice().reverse().find(({ value }) => typeof valueAt(value, field) === "string" && valueAt(value, field) !== "");
  return newest ? valueAt(newest.value, field) : title;
}

/** @param {Curve[]} curves @param {import("../thresholds.js").Threshold[]} thresholds @param {string} [format] @returns {import("../widget.js").Alert[]} */
function alertsOf(curves, thresholds, format) {
  return curves.flatMap(({ name, newest }) => {
    const threshold = passed(newest, thresholds);
    return threshold ? [{ level: threshold.level, text: `${isolated(name)} ${threshold.word}: ${formatted(newest, format)}` }] : [];
  }).slice(0, MAX_ALERTS);
}

/** @param {View} view @param {Context} context @param {Options} options @returns {import("../widget.js").Table} every point of every curve */
function tableOf(view, context, options) {
  const entries = entriesOf(view, context);
  const { panels } = readCurves(entries, options);
  const isSplit = options.split !== undefined;
  const isTime = (options.x ?? TIME) === TIME;
  const [x, y] = [titleOf(entries, options.x_title, options.x_title_field), titleOf(entries, options.y_title, options.y_title_field)];
  const rows = [...panels].sort(([a], [b]) => byName(a, b)).flatMap(([panel, curves]) => {
    const sorted = [...curves.values()].sort((a, b) => byName(a.name, b.name));
    return sorted.flatMap(({ name, x, y, isWhole }) => x.map((at, index) => [...(isSplit ? [panel] : []), name, isTime && !isWhole ? stampText(at) : at, y[index]]));
  });
  return { columns: [...(isSplit ? ["chart"] : []), "curve", x || (isTime ? "time" : "x"), y || "y"], rows };
}
