// @ts-check
/** How many charts of a scene one frame draws. Sans-I/O. */

const SCRIPT_MS = 6;
const POINTS = 10_000; // of lines: without a GPU, the browser needs about 6 ms to rasterise them after the script

export class ChartBudget {
  #began;
  #points = 0;

  /** @param {number} nowMs */
  constructor(nowMs) {
    this.#began = nowMs;
  }

  /** @param {number} points of the lines of a chart; 0 if it has not changed */
  drew(points) {
    this.#points += points;
  }

  /** Whether the other charts wait for the next frame. @param {number} nowMs */
  isUsed(nowMs) {
    return nowMs - this.#began > SCRIPT_MS || this.#points > POINTS;
  }
}
