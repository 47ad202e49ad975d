// @ts-check
/** How many charts of a scene one frame draws, and which. Sans-I/O. */

// Of new charts, which take 0.2 to 0.4 ms per line. Not a time, so that a small state is drawn at once, however slow the machine is.
const NEW_LINES = 100;
const SCRIPT_MS = 3;
const POINTS = 10_000; // of lines: without a GPU, the browser needs about 6 ms to rasterise them after the script

export class ChartBudget {
  #began;
  #points = 0;
  #newLines = 0;

  /** @param {number} nowMs */
  constructor(nowMs) {
    this.#began = nowMs;
  }

  /** @param {number} points of the lines of a chart; 0 if it has not changed */
  drew(points) {
    this.#points += points;
  }

  /** @param {number} lines of a chart that was drawn for the first time */
  created(lines) {
    this.#newLines += lines;
  }

  /** Whether charts that were never drawn wait for the next frame. */
  get isUsedByNew() {
    return this.#newLines >= NEW_LINES;
  }

  /** Whether the other charts wait for the next frame. @param {number} nowMs */
  isUsed(nowMs) {
    return nowMs - this.#began > SCRIPT_MS || this.#points > POINTS;
  }
}

/** Whose turn it is where a frame cannot draw all charts of a scene. */
export class ChartTurns {
  /** Whether charts wait for what the user has chosen: the next frames then draw them */
  isChosen = false;
  /** The chart to begin with; null for the active one @type {number | null} */
  #next = 0;

  /** Begin with the active chart. */
  choose() {
    [this.isChosen, this.#next] = [true, null];
  }

  /** @param {number} charts @param {number} active the chart under the pointer; -1 without one @returns {number[]} in which order to draw them */
  order(charts, active) {
    const first = this.#next ?? Math.max(0, active);
    return Array.from({ length: charts }, (_, count) => (first + count) % charts);
  }

  /** @param {number | null} next the first chart that waits for the next frame; null if all are drawn */
  end(next) {
    this.isChosen &&= next !== null;
    this.#next = next ?? 0;
  }
}
