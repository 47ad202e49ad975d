// @ts-check
/** The points of one curve in typed arrays: new ones are appended, and the points of removed entries leave. */

/** @typedef {{x: Float64Array, y: Float64Array, low: Float64Array, high: Float64Array}} Points `low` and `high` are empty without a band */

const LEAST = 16;
const EMPTY = new Float64Array(0);

export class PointBuffer {
  /** Points without a value. */
  gaps = 0;
  /** Points that have no place on a logarithmic scale. */
  nonPositive = 0;
  #start = 0;
  #end = 0;
  /** The entry of each point @type {Entry[]} */
  #owners = [];
  #x = EMPTY;
  #y = EMPTY;
  #low = EMPTY;
  #high = EMPTY;
  #hasBand;

  /** @param {boolean} hasBand */
  constructor(hasBand) {
    this.#hasBand = hasBand;
  }

  get length() {
    return this.#end - this.#start;
  }

  /** The value that arrived last. */
  get newest() {
    return this.#y[this.#end - 1];
  }

  /** The points in the order of arrival; valid until the next change. @returns {Points} */
  get points() {
    const [from, to] = [this.#start, this.#end];
    return { x: this.#x.subarray(from, to), y: this.#y.subarray(from, to), low: this.#low.subarray(from, to), high: this.#high.subarray(from, to) };
  }

  /** @param {Entry} owner @param {number} x @param {number} y NaN for a gap @param {any} low @param {any} high */
  push(owner, x, y, low, high) {
    if (this.#end === this.#x.length) this.#move(Math.max(LEAST, 2 * this.length));
    const at = this.#end++;
    this.#owners[at] = owner;
    this.#x[at] = x;
    this.#y[at] = y;
    this.#count(y, 1);
    if (!this.#hasBand) return;
    this.#low[at] = Number.isFinite(low) ? low : y;
    this.#high[at] = Number.isFinite(high) ? high : y;
  }

  clear() {
    this.#start = this.#end = this.gaps = this.nonPositive = 0;
    this.#owners = [];
  }

  /** @param {Set<Entry>} removed @param {number} most the number of points that these entries can have here @returns {number} of removed points */
  remove(removed, most) {
    const before = this.length;
    // A ring removes the oldest point, and a course the newest one.
    while (this.length > 0 && removed.has(this.#owners[this.#start])) this.#count(this.#y[this.#start++], -1);
    while (this.length > 0 && removed.has(this.#owners[this.#end - 1])) this.#count(this.#y[--this.#end], -1);
    if (before - this.length < most) this.#compact(removed);
    return before - this.length;
  }

  /** @param {Set<Entry>} removed */
  #compact(removed) {
    let to = this.#start;
    for (let from = this.#start; from < this.#end; from += 1) {
      if (removed.has(this.#owners[from])) this.#count(this.#y[from], -1);
      else this.#copy(from, to++);
    }
    this.#end = to;
  }

  /** @param {number} from @param {number} to */
  #copy(from, to) {
    if (from === to) return;
    this.#owners[to] = this.#owners[from];
    for (const column of [this.#x, this.#y, this.#low, this.#high]) if (column.length > 0) column[to] = column[from];
  }

  /** @param {number} y @param {1 | -1} by */
  #count(y, by) {
    if (y <= 0) this.nonPositive += by;
    else if (Number.isNaN(y)) this.gaps += by;
  }

  /** Move the points to the beginning of new arrays. @param {number} capacity */
  #move(capacity) {
    const { x, y, low, high } = this.points;
    const moved = (/** @type {Float64Array} */ column) => {
      const larger = new Float64Array(capacity);
      larger.set(column);
      return larger;
    };
    [this.#x, this.#y] = [moved(x), moved(y)];
    if (this.#hasBand) [this.#low, this.#high] = [moved(low), moved(high)];
    this.#owners = this.#owners.slice(this.#start, this.#end);
    [this.#start, this.#end] = [0, x.length];
  }
}
