// @ts-check
/** The points of Scatter: those of events as columns, bounded, whatever the events contain. */

import { nameOf, valueAt } from "./fields.js";

/**
 * @typedef {{points?: string, x?: string, y?: string, category?: string, size?: string, links?: string}} Fields
 * @typedef {{rows: unknown[], from: number}} Links `rows[i]` are the indices of the points related to point `from + i`, less `from`
 * @typedef {{xs: number[], ys: number[], names: string[], sizes: unknown[], links: Links[], all: number}} Columns
 *   x and y of a point without finite coordinates are NaN; `all` counts the points before the bound
 */

export const MAX_POINTS = 50_000;

/** @param {any[]} values of events @param {Fields} fields @returns {Columns} of the newest points, in the order of the events */
export function columnsOf(values, fields) {
  /** @type {Columns} */
  const columns = { xs: [], ys: [], names: [], sizes: [], links: [], all: 0 };
  const chosen = [];
  for (const source of values.map((value) => sourceOf(value, fields)).reverse()) {
    const room = Math.max(0, MAX_POINTS - columns.all);
    columns.all += source.count;
    if (room > 0) chosen.unshift({ ...source, count: Math.min(room, source.count) });
  }
  for (const source of chosen) add(columns, source, fields);
  return columns;
}

/** @typedef {{value: any, count: number, at: (index: number) => [unknown, unknown]}} Source the points of one event */

/** @param {any} value @param {Fields} fields @returns {Source} */
function sourceOf(value, { points, x, y }) {
  const list = valueAt(value, points);
  if (Array.isArray(list)) return { value, count: list.length, at: (index) => [list[index]?.[0], list[index]?.[1]] };
  const [xs, ys] = [valueAt(value, x), valueAt(value, y)];
  if (Array.isArray(xs) && Array.isArray(ys)) return { value, count: Math.min(xs.length, ys.length), at: (index) => [xs[index], ys[index]] };
  return { value, count: x !== undefined && !Array.isArray(xs) && !Array.isArray(ys) ? 1 : 0, at: () => [xs, ys] };
}

/** @param {Columns} columns @param {Source} source @param {Fields} fields */
function add({ xs, ys, names, sizes, links }, { value, count, at }, { category, size, links: linked }) {
  const [categories, areas, rows] = [category, size, linked].map((path) => valueAt(value, path));
  if (Array.isArray(rows)) links.push({ rows, from: xs.length });
  for (let index = 0; index < count; index += 1) {
    const [x, y] = at(index);
    const isDrawn = Number.isFinite(x) && Number.isFinite(y);
    xs.push(isDrawn ? Number(x) : NaN);
    ys.push(isDrawn ? Number(y) : NaN);
    if (category) names.push(nameOf(Array.isArray(categories) ? categories[index] : categories) ?? "–");
    if (size) sizes.push(Array.isArray(areas) ? areas[index] : areas);
  }
}

/** @param {Pick<Columns, "links" | "xs">} columns @param {number} index @returns {number[]} existing related points; a producer may send other indices */
export function linksAt({ links, xs }, index) {
  const { rows, from } = links.filter((group) => group.from <= index).at(-1) ?? { rows: [], from: 0 };
  const row = rows[index - from];
  const isIndex = (/** @type {unknown} */ other) => Number.isInteger(other) && Number(other) >= 0;
  return Array.isArray(row) ? row.filter(isIndex).map((other) => from + other).filter((other) => other < xs.length) : [];
}
