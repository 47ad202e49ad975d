// @ts-check
/** Reads curves from events: one point per event, or a whole curve in one event. An update reads only what has changed. */

import { fieldOf, lastPart, nameOf } from "./fields.js";
import { LiveCurve } from "./live_curve.js";

/**
 * @typedef {import("./live_curve.js").Curve} Curve
 * @typedef {{y: string | string[], x?: string, series?: string, band?: [string, string], split?: string}} Fields paths, and `@time` or `@step` for `x`
 * @typedef {{panel: string, name: string, field: string, curve: LiveCurve | undefined}} CurveRef the names of a curve, and the curve once it is found
 * @typedef {(ref: CurveRef, x: any, y: any, low?: any, high?: any) => void} Take
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
  /** By chart, series, path and key; null for a value that is in no map @type {Map<string, Map<string, Map<string | null, CurveRef>[]>>} */
  #refs = new Map();
  #refCount = 0;
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

  /**
   * @param {Entry[]} entries all, in ascending order of revision; an entry is never modified
   * @param {() => boolean} [isUsedUp] whether the next call reads the rest; called after each entry
   * @returns {boolean} whether all is read
   */
  update(entries, isUsedUp = () => false) {
    const { removed, known } = this.#compared(entries);
    const isNew = removed.size > (this.#entries.length - this.unread) / 2;
    let read = this.#add(entries, isNew || !this.#remove(removed) ? this.#restart(0) : known, isUsedUp, this.#bounds);
    if (read === null) read = this.#add(entries, this.#restart(this.#firstWithin(entries)), isUsedUp, { points: Infinity, curves: Infinity });
    this.#entries = read === entries.length ? entries : entries.slice(0, Number(read));
    for (const curve of this.#changed) this.#dropIfEmpty(curve);
    this.#changed.clear();
    return read === entries.length;
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
      this.#visit(entry, (ref, x, y) => {
        const curve = this.#known(ref);
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

  /** @param {Entry[]} entries @param {number} from @param {() => boolean} isUsedUp @param {Bounds} bounds @returns {number | null} the number of entries that are read; null if a bound is reached */
  #add(entries, from, isUsedUp, { points, curves }) {
    let index = from;
    while (index < entries.length) {
      this.#read(entries[index++]);
      if (this.#points > points || (this.#isFull && this.#curves >= curves)) return null;
      if (isUsedUp()) break;
    }
    return index;
  }

  /** Forget all curves. @param {number} unread @returns {number} the same */
  #restart(unread) {
    this.panels = new Map();
    this.#forgetRefs();
    this.#changed.clear();
    this.#points = this.#curves = 0;
    this.#isFull = false;
    this.revision += 1;
    return (this.unread = unread);
  }

  /** @param {Entry[]} entries @returns {number} index of the oldest entry for which the bounds have room; at most that of the newest one */
  #firstWithin(entries) {
    const curves = new Set();
    let points = 0;
    for (let index = entries.length - 1; index >= 0; index -= 1) {
      this.#visit(entries[index], (ref, _, y) => {
        // Of whole curves, the newest counts.
        points += !Array.isArray(y) ? 1 : curves.has(ref) ? 0 : y.length;
        curves.add(ref);
      });
      if (points > ROOM * this.#bounds.points || curves.size > ROOM * this.#bounds.curves) return Math.min(index + 1, entries.length - 1);
    }
    return 0;
  }

  /** @param {Entry} entry */
  #read(entry) {
    this.#visit(entry, (ref, x, y, low, high) => {
      if (!Array.isArray(y) && !isPoint(x, y)) return;
      const curve = this.#curve(ref);
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
    const refs = this.#refsOf(panel, name);
    for (let line = 0; line < this.#paths.length; line += 1) {
      const { read, last, alone, isSplit } = this.#paths[line];
      const y = read(value);
      if (typeof y === "number" || Array.isArray(y)) {
        const edges = line === 0 && band;
        const ref = refs[line].get(null) ?? this.#addRef(refs[line], null, { panel, name, field: name === "" ? alone : last, curve: undefined });
        take(ref, xs, y, edges ? edges[0](value) : undefined, edges ? edges[1](value) : undefined);
      } else if (typeof y === "object" && y !== null) {
        for (const key of Object.keys(y)) {
          const ref = refs[line].get(key) ?? this.#addRef(refs[line], key, { panel: isSplit ? key : panel, name, field: isSplit && name ? "" : key, curve: undefined });
          // In a map, null is a value that is not a number: what was not measured has no key.
          take(ref, xs, y[key] === null ? NaN : y[key]);
        }
      }
    }
  }

  /** @param {string} panel @param {string} name @returns {Map<string | null, CurveRef>[]} */
  #refsOf(panel, name) {
    const named = mapIn(this.#refs, panel);
    let refs = named.get(name);
    if (!refs) named.set(name, (refs = this.#paths.map(() => new Map())));
    return refs;
  }

  /** @param {Map<string | null, CurveRef>} refs @param {string | null} key @param {CurveRef} ref */
  #addRef(refs, key, ref) {
    // Refs without a curve, because their values are no points, have no other bound.
    if ((this.#refCount += 1) > 2 * this.#bounds.curves) this.#forgetRefs();
    refs.set(key, ref);
    return ref;
  }

  #forgetRefs() {
    this.#refs.clear();
    this.#refCount = 0;
  }

  /** @param {CurveRef} ref @returns {LiveCurve | undefined} */
  #known(ref) {
    return (ref.curve ??= this.panels.get(ref.panel)?.get(titleOf(ref.name, ref.field)));
  }

  /** @param {CurveRef} ref @returns {LiveCurve | undefined} undefined beyond the bound */
  #curve(ref) {
    const known = this.#known(ref);
    if (known) return known;
    if (this.#curves >= this.#bounds.curves) this.#isFull = true;
    if (this.#isFull) return undefined;
    const { panel, name, field } = ref;
    const curve = (ref.curve = new LiveCurve({ panel, name: titleOf(name, field), series: name || field }, this.#fields.hasBand, this.#fields.x === STEP));
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
    this.#forgetRefs();
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
