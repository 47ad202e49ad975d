// @ts-check
/** The visible part of an axis, in the axis's values, so that it remains in place while data arrive. */

import { shareOf, valueOf } from "./axis.js";

const MAX_FACTOR = 1e6;

/** Has the methods of `Zoom`, for the same keys and buttons. */
export class RangeZoom {
  /** @type {Extent | null} */
  #range = null;
  /** @type {Axis} */
  #whole = { low: 0, high: 1, kind: "linear" };

  /** @param {Axis} whole of all data @returns {Axis} what is visible; everything if the data have left the visible part */
  axis(whole) {
    this.#whole = whole;
    if (this.#range && (this.#range.high <= whole.low || this.#range.low >= whole.high)) this.reset();
    return this.#range ? { ...this.#range, kind: whole.kind } : whole;
  }

  get factor() {
    const [from, to] = this.#shares;
    return 1 / (to - from);
  }

  get #shares() {
    return this.#range ? [shareOf(this.#range.low, this.#whole), shareOf(this.#range.high, this.#whole)] : [0, 1];
  }

  /** @param {number} left @param {number} right the new ends, as shares of the visible part */
  select(left, right) {
    const [from, to] = this.#shares;
    this.#show(from + left * (to - from), from + right * (to - from));
  }

  /** @param {number} by above 1 to see less @param {{x: number}} [at] fixed point, relative to the centre */
  scale(by, { x } = { x: 0 }) {
    const half = 0.5 / by;
    const centre = 0.5 + x * (1 - 1 / by);
    this.select(centre - half, centre + half);
  }

  /** @param {number} x by which the data move to the right, in widths */
  move(x) {
    const [from, to] = this.#shares;
    const by = Math.max(-from, Math.min(1 - to, -x * (to - from)));
    this.#show(from + by, to + by);
  }

  reset() {
    this.#range = null;
  }

  /** @param {number} from @param {number} to */
  #show(from, to) {
    const [low, high] = [Math.max(0, from), Math.min(1, to)];
    if (high - low < 1 / MAX_FACTOR) return;
    const range = { low: valueOf(low, this.#whole), high: valueOf(high, this.#whole) };
    this.#range = high - low < 1 && range.low < range.high ? range : null;
  }
}
