// @ts-check
/** Bars from entries or maps: their order, their scale, and what is written beside them. */

import { axisOf, shareBetween } from "./axis.js";
import { numberOf, valueAt } from "./fields.js";
import { byName, formatted } from "./format.js";
import { distinctNames, namedEntries } from "./named_entries.js";
import { propertiesOf } from "./palette.js";
import { cellIn, cellText, titleOf } from "./table_model.js";
import { isolated } from "./safe_text.js";
import { alertsBeyond, passed } from "./thresholds.js";

export const MAX_BARS = 200;
const MANY = 24; // beyond it, a reader looks for the largest rather than for a name
const MAX_DETAIL = 80;

/**
 * @typedef {{value: string, label?: string, interval?: string, range?: [number, number], detail?: string | string[],
 *   sort?: string, thresholds?: Threshold[], format?: string}} Options
 * @typedef {{id: string, name: string, number: number, value: any}} Item
 * @typedef {{id: string, name: string, text: string, start: number, length: number, property: string,
 *   interval: [number, number] | null, detail: string, mark: Threshold | null}} Bar all positions are shares of the scale
 * @typedef {{low: number, high: number, zero: number | null, lines: {at: number, level: string}[]}} Scale
 * @typedef {{bars: Bar[], all: number, withoutNumber: number, beyond: number, scale: Scale, isTile: boolean,
 *   alerts: Alert[]}} Model
 */

/** @param {View} view @param {Context} context @param {Options} options @returns {Model} */
export function modelOf(view, context, options) {
  const found = itemsOf(view, context, options);
  const items = inOrder(found.filter(({ number }) => Number.isFinite(number)), context.options?.order ?? options.sort);
  const [low, high] = options.range ?? rangeOf(items, options.interval);
  const shown = items.slice(0, MAX_BARS);
  const propertyOf = propertiesOf(shown.map(({ name }) => name));
  const zero = shareBetween(0, low, high);
  const lines = (options.thresholds ?? []).filter(({ at }) => at >= low && at <= high);
  return {
    bars: shown.map((item) => barOf(item, [low, high], propertyOf(item.name), options)),
    all: items.length,
    withoutNumber: found.length - items.length,
    beyond: items.filter(({ number }) => number < low || number > high).length,
    scale: { low, high, zero: low < 0 && high > 0 ? zero : null, lines: lines.map(({ at, level }) => ({ at: shareBetween(at, low, high), level })) },
    isTile: context.isTile ?? false,
    alerts: alertsBeyond(items.map(({ name, number }) => ({ name, value: number })), options.thresholds, (value) => formatted(value, options.format)),
  };
}

/**
 * @param {View} view @param {Context} context @param {Options} options
 * @returns {Item[]} one per entry, or one per key of each entry's map
 */
function itemsOf(view, context, { value: field, label }) {
  const entries = namedEntries(view, context, label);
  const items = entries.flatMap(({ id, name, value }) => {
    const number = valueAt(value, field);
    if (typeof number !== "object" || number === null) return [{ id, name, number: numberOf(number) ?? NaN, value, qualifiers: ["", ""] }];
    return Object.entries(number).map(([key, each]) => ({ id: `${id}:${key}`, name: key, number: numberOf(each) ?? NaN, value: null, qualifiers: [name, id] }));
  });
  const names = distinctNames(items);
  return items.map(({ qualifiers: _, ...item }, index) => ({ ...item, name: names[index] }));
}

/** @param {Item[]} items in the order of arrival @param {string} [order] */
function inOrder(items, order = "auto") {
  const by = order === "auto" ? (items.length > MANY ? "-value" : "label") : order;
  if (by === "none") return items;
  const sign = by === "-value" ? -1 : by === "value" ? 1 : 0;
  return items.sort((a, b) => sign * (a.number > b.number ? 1 : a.number < b.number ? -1 : 0) || byName(a.name, b.name));
}

/** @param {Item[]} items @param {string} [interval] @returns {[number, number]} round numbers around all values, intervals and 0 */
function rangeOf(items, interval) {
  let [low, high] = [0, 0];
  for (const { number, value } of items) {
    const [from, to] = intervalIn(value, interval) ?? [number, number];
    low = Math.min(low, number, from);
    high = Math.max(high, number, to);
  }
  const axis = axisOf({ low, high }, "linear", true);
  return low === high ? [0, 1] : [axis.low, axis.high];
}

/** @param {any} value @param {string} [field] @returns {[number, number] | null} in ascending order; null without two numbers */
function intervalIn(value, field) {
  const pair = field === undefined ? null : valueAt(value, field);
  const isPair = Array.isArray(pair) && pair.length === 2 && pair.every((each) => typeof each === "number");
  return isPair ? [Math.min(...pair), Math.max(...pair)] : null;
}

/** @param {Item} item @param {[number, number]} range @param {string} property @param {Options} options @returns {Bar} */
function barOf({ id, name, number, value }, [low, high], property, options) {
  const [zero, end] = [0, number].map((each) => shareBetween(each, low, high));
  const interval = intervalIn(value, options.interval);
  return {
    id, name, property, text: formatted(number, options.format),
    start: Math.min(zero, end), length: Math.abs(end - zero),
    interval: interval && [shareBetween(interval[0], low, high), shareBetween(interval[1], low, high)],
    detail: detailOf(value, interval, options),
    mark: passed(number, options.thresholds),
  };
}

/** @param {any} value @param {[number, number] | null} interval @param {Options} options */
function detailOf(value, interval, { detail = [], format }) {
  const between = interval ? `${formatted(interval[0], format)} to ${formatted(interval[1], format)}` : "";
  const parts = [detail].flat().map((field) => detailText(field, valueAt(value, field)));
  return [between, ...parts].filter(Boolean).join(" · ");
}

/** @param {string} field @param {unknown} value @returns {string} "1,797 rows", "ok", "valid: yes"; "" for what is no text */
function detailText(field, value) {
  const name = titleOf(field);
  if (typeof value === "number") return `${cellText(value)} ${name}`;
  if (typeof value === "boolean") return `${name}: ${cellText(value)}`;
  return typeof value === "string" ? isolated(value.slice(0, MAX_DETAIL)) : "";
}

/** @param {View} view @param {Context} context @param {Options} options @returns {Table} every bar, in the displayed order */
export function tableOf(view, context, options) {
  const { value, label, interval, detail = [], sort } = options;
  const columns = [titleOf(label ?? "name"), titleOf(value), ...(interval ? [`${titleOf(interval)} from`, `${titleOf(interval)} to`] : []), ...[detail].flat().map(titleOf)];
  const rows = inOrder(itemsOf(view, context, options), context.options?.order ?? sort).map(({ name, number, value: event }) => [
    name, Number.isFinite(number) ? number : null,
    ...(interval ? (intervalIn(event, interval) ?? [null, null]) : []),
    ...[detail].flat().map((field) => cellIn(valueAt(event, field))),
  ]);
  return { columns, rows };
}
