// @ts-check
/** The model of Lines, which an update changes only where its entries do. */

import { extentOf } from "./axis.js";
import { CurveReader, TIME } from "./curves.js";
import { valueAt } from "./fields.js";
import { byName, countText, formatted, plural } from "./format.js";
import { namesText } from "./not_shown.js";
import { ALL_DASHES, symbolOf } from "./legend.js";
import { smoothed } from "./live_curve.js";
import { MARKS, seriesOf } from "./palette.js";
import { alertsBeyond } from "./thresholds.js";
import { groupBy } from "./view.js";

/**
 * @typedef {import("./live_curve.js").Curve} Curve
 * @typedef {import("./live_curve.js").LiveCurve} LiveCurve
 * @typedef {import("./plot_traces.js").Line} Line
 * @typedef {[number, number]} Range
 *
 * @typedef {import("./curves.js").Fields & {smooth?: number, y_scale?: "linear" | "log", x_range?: Range, y_range?: Range,
 *   thresholds?: Threshold[], x_title?: string, y_title?: string, x_title_field?: string,
 *   y_title_field?: string, format?: string}} Options
 * @typedef {Options & {isByValue: boolean, isTile: boolean}} Chosen
 * @typedef {LegendItem & {mark: number, curves: LiveCurve[]}} Style
 * @typedef {{revision: number, isByValue: boolean, curves: LiveCurve[], styles: Map<string, Style>, names: Style[], panels: {title: string, curves: LiveCurve[]}[]}} Order
 */

const SLICE_MS = 8; // of reading: 500,000 points take 0.2 s, which several animation frames share
const SLICE_ENTRIES = 500; // at least, so that a small state is drawn at once even if another program delays the page

/** @typedef {import("./chart.js").Model & {alerts?: Alert[]}} Model */

export class LinesModel {
  #reader;
  #nowMs;
  #model = /** @type {Model | null} */ (null);
  #order = /** @type {Order | null} */ (null);
  /** @type {WeakMap<Curve, {style: Style, smooth: number, line: Line}>} */
  #lines = new WeakMap();

  /** @param {import("./curves.js").Fields} fields @param {() => number} [nowMs] */
  constructor(fields, nowMs = () => performance.now()) {
    this.#reader = new CurveReader(fields);
    this.#nowMs = nowMs;
  }

  /** @param {Entry[]} entries @param {Chosen} options @returns {Model} the last one with `laterMs` until all entries are read */
  read(entries, options) {
    const endMs = this.#nowMs() + SLICE_MS;
    let left = SLICE_ENTRIES;
    const isWhole = this.#reader.update(entries, () => (left -= 1) <= 0 && this.#nowMs() > endMs);
    if (isWhole || this.#model === null) this.#model = this.#modelOf(entries, options);
    return isWhole ? this.#model : { ...this.#model, laterMs: 1 };
  }

  /** @param {Entry[]} entries @param {Chosen} options @returns {Model} */
  #modelOf(entries, options) {
    const { x = TIME, y, split, thresholds = [], format, isTile } = options;
    const isLog = options.y_scale === "log";
    const { curves, styles, names, panels } = this.#ordered(options);
    const drawn = curves.map((curve) => curve.read(isLog));
    const isTime = x === TIME && drawn.every(({ isWhole }) => !isWhole);
    return {
      panels: panels.map(({ title, curves }) => ({ title, lines: curves.map((curve) => this.#line(curve.read(isLog), styles, options)) })),
      names: names.map((style) => ({ ...style, detail: detailOf(style, isLog, format) })),
      x: { kind: isTime ? "time" : "linear", extent: pairOf(options.x_range) ?? extentOf(drawn.map(({ x }) => [x[0], x[x.length - 1]])), title: titleOf(entries, options.x_title, options.x_title_field) },
      y: { kind: isLog ? "log" : "linear", range: pairOf(options.y_range), isShared: split !== undefined && ![y].flat().includes(split), title: titleOf(entries, options.y_title, options.y_title_field), format },
      thresholds, isTile,
      // Without thresholds there are no alerts: the page then reads no model to find some.
      alerts: thresholds.length > 0 ? alertsBeyond(drawn.map(({ name, newest }) => ({ name, value: newest })), thresholds, (value) => formatted(value, format)) : undefined,
      sentence: `${plural(curves.length, "curve")}: ${namesText(names.map(({ name }) => name))}`,
      notes: notesOf(drawn, this.#reader.unread),
    };
  }

  /** @param {Chosen} options @returns {Order} the same object until a curve comes or goes, unless values decide */
  #ordered({ isByValue }) {
    const { panels, revision } = this.#reader;
    const isSame = this.#order?.revision === revision;
    if (this.#order && isSame && !isByValue && !this.#order.isByValue) return this.#order;
    const curves = [...panels.values()].flatMap((named) => [...named.values()]);
    const styles = this.#order && isSame ? this.#order.styles : stylesOf(curves);
    const names = [...styles.values()].sort(isByValue ? byValue : (a, b) => byName(a.name, b.name));
    const rank = new Map(names.map(({ name }, index) => [name, index]));
    const sorted = [...panels].sort(([a], [b]) => byName(a, b)).map(([title, named]) => ({
      title, curves: [...named.values()].sort((a, b) => Number(rank.get(a.name)) - Number(rank.get(b.name))),
    }));
    return (this.#order = { revision, isByValue, curves: sorted.flatMap((panel) => panel.curves), styles, names, panels: sorted });
  }

  /** @param {Curve} curve @param {Map<string, Style>} styles @param {Options} options @returns {Line} the same object until the curve or its style changes */
  #line(curve, styles, { smooth = 0 }) {
    const style = /** @type {Style} */ (styles.get(curve.name));
    const known = this.#lines.get(curve);
    if (known && known.style === style && known.smooth === smooth) return known.line;
    const { x, y, low, high, gaps } = curve;
    const { name, colour, mark, dash = [] } = style;
    const line = { name, colour, mark, dash, x, y: smooth > 0 ? smoothed(y, smooth) : y, raw: smooth > 0 ? y : undefined, low, high, gaps };
    this.#lines.set(curve, { style, smooth, line });
    return line;
  }
}

/** @param {LiveCurve[]} curves @returns {Map<string, Style>} by the curves' names */
function stylesOf(curves) {
  const series = seriesOf(curves.map((curve) => curve.series));
  /** @type {Map<string, number>} */
  const counts = new Map();
  return new Map([...groupBy(curves, ({ name }) => name)].sort(([a], [b]) => byName(a, b)).map(([name, all]) => {
    const of = all[0].series;
    // Several fields of one series have its colour, and a dash and a mark each.
    const before = counts.get(of) ?? 0;
    counts.set(of, before + 1);
    const { colour, mark: first } = series.get(of) ?? { colour: 0, mark: 0 };
    const mark = (first + before) % MARKS.length;
    return [name, { name, colour, mark, symbol: symbolOf(mark), dash: ALL_DASHES[mark % ALL_DASHES.length], curves: all }];
  }));
}

/** @param {Style} a @param {Style} b the highest newest value first */
function byValue(a, b) {
  const [one, other] = [a, b].map(({ curves }) => curves[0].read(false).newest ?? -Infinity);
  return one === other ? byName(a.name, b.name) : other - one;
}

/** @param {Style} style @param {boolean} isLog @param {string} [format] @returns {string} the newest value; "" if there is not exactly one */
function detailOf({ curves }, isLog, format) {
  const { isWhole, newest } = curves[0].read(isLog);
  return curves.length > 1 || isWhole ? "" : formatted(newest, format);
}

/** @param {Range} [range] */
function pairOf(range) {
  return range ? { low: range[0], high: range[1] } : null;
}

/** @param {Entry[]} entries @param {string} [title] @param {string} [field] @returns {string} the newest text of the field */
export function titleOf(entries, title = "", field) {
  for (let index = field === undefined ? -1 : entries.length - 1; index >= 0; index -= 1) {
    const text = valueAt(entries[index].value, String(field));
    if (typeof text === "string" && text !== "") return text;
  }
  return title;
}

/** @param {Curve[]} curves @param {number} unread @returns {string[]} what is not drawn as a line */
function notesOf(curves, unread) {
  let [omitted, gaps] = [0, 0];
  for (const curve of curves) {
    omitted += curve.omitted;
    gaps += curve.gaps;
  }
  return [
    gaps ? `${plural(gaps, "value")} ${gaps === 1 ? "is" : "are"} not a number: a gap, marked with × on the axis.` : "",
    omitted ? `${plural(omitted, "value")} of 0 or below cannot be drawn on a logarithmic scale.` : "",
    unread ? `Without the oldest ${plural(unread, "event")}: a chart has at most ${countText(2 ** 21)} points.` : "",
  ].filter(Boolean);
}
