// @ts-check
/** Reads curves from events: one point per event, or a whole curve in one event. An update reads only what has changed. */

import { fieldOf, lastPart, nameOf } from "./fields.js";
import { LiveCurve } from "./live_curve.js";

/**
 * @typedef {import("./live_curve.js").Curve} Curve
 * @typedef {{y: string | string[], x?: string, series?: string, band?: [string, string], split?: string}} Fields paths, and `@time` or `@step` for `x`
 * @typedef {(panel: string, name: string, field: string, x: any, y: any, low?: any, high?: any) => void} Take
 */

export const TIME = "@time";
const STEP = "@step";
/** @typedef {{points: number, curves: number}} Bounds */
const BOUNDS = { points: 2 ** 21, curves: 10_000 };
const ROOM = 3 / 4; // of a bound that is reached: how much is read again, so that the next updates have room
export const UNKNOWN = "–";

/**
 * @param {Entry[]} entries in ascending order of revision
 * @param {Fields} fields
 * @param {boolean} [isLog] whether only positive values have a place
 * @returns {{panels: Map<string, Map<string, Curve>>, unread: number}} curves by name, by the value of `split`, and the
 *   number of the oldest events that exceed a bound
 */
export function readCurves(entries, fields, isLog = false) {
  const reader = new CurveReader(fields);
  reader.update(entries);
  const read = (/** @type {Map<string, LiveCurve>} */ curves) => new Map([...curves].map(([name, curve]) => [name, curve.read(isLog)]));
  return { panels: new Map([...reader.panels].map(([panel, curves]) => [panel, read(curves)])), unread: reader.unread };
}

export class CurveReader {
  /** @type {Map<string, Map<string, LiveCurve>>} */
  panels = new Map();
  /** Changes with the set of curves. */
  revision = 0;
  /** The number of the oldest events that are not read. */
  unread = 0;
  /** @type {Entry[]} */
  #entries = [];
  #points = 0;
  #curves = 0;
  #isFull = false;
  /** Curves by chart, series and field @type {Map<string, Map<string, Map<string, LiveCurve>>>} */
  #found = new Map();
  /** @type {Set<LiveCurve>} */
  #changed = new Set();
  #fields;
  #paths;
  #bounds;

  /** @param {Fields} fields @param {Bounds} [bounds] */
  constructor({ y, x = TIME, series, band, split }, bounds = BOUNDS) {
    this.#bounds = bounds;
    const paths = [y].flat();
    const isSplitByMap = split !== undefined && paths.includes(split);
    const pathOf = (/** @type {string | undefined} */ path) => (path === undefined ? null : fieldOf(path));
    this.#paths = paths.map((path) => ({ read: fieldOf(path), last: paths.length > 1 ? lastPart(path) : "", alone: lastPart(path), isSplit: path === split }));
    this.#fields = { x, hasBand: band !== undefined, readX: fieldOf(x), readSeries: pathOf(series), readPanel: isSplitByMap ? null : pathOf(split), band: band?.map(fieldOf) };
  }

  /** @param {Entry[]} entries all, in ascending order of revision; an entry is never modified */
  update(entries) {
    const { removed, known } = this.#compared(entries);
    const isNew = removed.size > (this.#entries.length - this.unread) / 2;
    this.#entries = entries;
    if (isNew || !this.#remove(removed) || !this.#add(entries, known)) this.#readAll();
    for (const curve of this.#changed) this.#dropIfEmpty(curve);
    this.#changed.clear();
  }

  /** @param {Entry[]} entries @returns {{removed: Set<Entry>, known: number}} read entries that are gone; everything from `known` on is new */
  #compared(entries) {
    const before = this.#entries;
    const removed = new Set();
    let [known, unread] = [0, this.unread];
    for (let index = 0; index < before.length; index += 1) {
      if (before[index] === entries[known]) known += 1;
      else if (index < this.unread) unread -= 1;
      else removed.add(before[index]);
    }
    this.unread = unread;
    return { removed, known };
  }

  /** @param {Set<Entry>} removed @returns {boolean} false if an older whole curve would count again */
  #remove(removed) {
    /** @type {Map<LiveCurve, number>} */
    const counts = new Map();
    let isKnown = true;
    for (const entry of removed) {
      this.#visit(entry, (panel, name, field, x, y) => {
        const curve = this.#known(panel, name, field);
        if (curve?.whole === entry || (!curve?.whole && Array.isArray(y))) isKnown = false;
        else if (curve && !curve.whole && isPoint(x, y)) counts.set(curve, (counts.get(curve) ?? 0) + 1);
      });
    }
    for (const [curve, count] of isKnown ? counts : []) {
      this.#points -= curve.remove(removed, count);
      this.#changed.add(curve);
      if (curve.length === 0 && curve.wasWhole) return false;
    }
    return isKnown;
  }

  /** @param {Entry[]} entries @param {number} from @returns {boolean} false if a bound is reached */
  #add(entries, from) {
    const { points, curves } = this.#bounds;
    for (let index = from; index < entries.length; index += 1) {
      this.#read(entries[index]);
      if (this.#points > points || (this.#isFull && this.#curves >= curves)) return false;
    }
    return true;
  }

  #readAll() {
    this.#clear();
    this.unread = 0;
    if (this.#add(this.#entries, 0)) return;
    this.#clear();
    this.unread = this.#firstWithin(this.#entries);
    for (let index = this.unread; index < this.#entries.length; index += 1) this.#read(this.#entries[index]);
  }

  #clear() {
    this.panels = new Map();
    this.#found.clear();
    this.#changed.clear();
    this.#points = this.#curves = 0;
    this.#isFull = false;
    this.revision += 1;
  }

  /** @param {Entry[]} entries @returns {number} index of the oldest entry for which the bounds have room; at most that of the newest one */
  #firstWithin(entries) {
    const curves = new Set();
    let points = 0;
    for (let index = entries.length - 1; index >= 0; index -= 1) {
      this.#visit(entries[index], (panel, name, field, _, y) => {
        const curve = JSON.stringify([panel, name, field]);
        // Of whole curves, the newest counts.
        points += !Array.isArray(y) ? 1 : curves.has(curve) ? 0 : y.length;
        curves.add(curve);
      });
      if (points > ROOM * this.#bounds.points || curves.size > ROOM * this.#bounds.curves) return Math.min(index + 1, entries.length - 1);
    }
    return 0;
  }

  /** @param {Entry} entry */
  #read(entry) {
    this.#visit(entry, (panel, name, field, x, y, low, high) => {
      if (!Array.isArray(y) && !isPoint(x, y)) return;
      const curve = this.#curve(panel, name, field);
      if (!curve) return;
      const before = curve.length;
      if (Array.isArray(y)) curve.addAll(entry, x, y, low, high);
      else curve.add(entry, x, y, low, high);
      this.#points += curve.length - before;
      this.#changed.add(curve);
    });
  }

  /** Call a function with each value of an entry that belongs to a curve. @param {Entry} entry @param {Take} take */
  #visit({ at, value }, take) {
    const { x, readX, readSeries, readPanel, band } = this.#fields;
    const xs = x === TIME ? at : x === STEP ? 0 : readX(value);
    const name = readSeries ? labelOf(readSeries(value)) : "";
    const panel = readPanel ? labelOf(readPanel(value)) : "";
    for (let line = 0; line < this.#paths.length; line += 1) {
      const { read, last, alone, isSplit } = this.#paths[line];
      const y = read(value);
      if (typeof y === "number" || Array.isArray(y)) {
        const edges = line === 0 && band;
        take(panel, name, name === "" ? alone : last, xs, y, edges ? edges[0](value) : undefined, edges ? edges[1](value) : undefined);
      } else if (typeof y === "object" && y !== null) {
        // In a map, null is a value that is not a number: what was not measured has no key.
        for (const key of Object.keys(y)) take(isSplit ? key : panel, name, isSplit && name ? "" : key, xs, y[key] === null ? NaN : y[key]);
      }
    }
  }

  /** @param {string} panel @param {string} name @param {string} field @returns {LiveCurve | undefined} */
  #known(panel, name, field) {
    const found = this.#found.get(panel)?.get(name)?.get(field);
    if (found) return found;
    const curve = this.panels.get(panel)?.get(titleOf(name, field));
    if (curve) mapIn(mapIn(this.#found, panel), name).set(field, curve);
    return curve;
  }

  /** @param {string} panel @param {string} name @param {string} field @returns {LiveCurve | undefined} undefined beyond the bound */
  #curve(panel, name, field) {
    const known = this.#known(panel, name, field);
    if (known) return known;
    if (this.#curves >= this.#bounds.curves) this.#isFull = true;
    if (this.#isFull) return undefined;
    const curve = new LiveCurve({ panel, name: titleOf(name, field), series: name || field }, this.#fields.hasBand, this.#fields.x === STEP);
    mapIn(this.panels, panel).set(curve.name, curve);
    this.#curves += 1;
    this.revision += 1;
    return curve;
  }

  /** @param {LiveCurve} curve */
  #dropIfEmpty({ length, panel, name }) {
    if (length > 0) return;
    const curves = this.panels.get(panel);
    if (curves?.delete(name)) this.#curves -= 1;
    if (curves?.size === 0) this.panels.delete(panel);
    this.#found.clear();
    this.revision += 1;
  }
}

/** @param {string} name @param {string} field */
function titleOf(name, field) {
  return name && field ? `${name} · ${field}` : name || field;
}

/** @param {any} x @param {any} y NaN for a gap */
function isPoint(x, y) {
  return Number.isFinite(x) && typeof y === "number" && Math.abs(y) !== Infinity;
}

/** @template Inner @param {Map<string, Map<string, Inner>>} maps @param {string} key @returns {Map<string, Inner>} created if it is missing */
function mapIn(maps, key) {
  let inner = maps.get(key);
  if (!inner) maps.set(key, (inner = new Map()));
  return inner;
}

/** @param {unknown} value @returns {string} */
export function labelOf(value) {
  return nameOf(value) ?? UNKNOWN;
}
