// @ts-check
/**
 * What a paint of each scene costs the main thread, with the style, layout and paint that the browser does for it. Sans-I/O.
 *
 * Only the script's part can be measured for each scene. Of the browser's part of a frame, the least of the newest frames
 * does not depend on the scenes; what goes beyond it is learned for each scene from the frames that paint it.
 */

const FRAMES = 40;
const NEWEST_WEIGHT = 0.5; // in the average of a script's time
const LEARNED = 0.25; // of the difference between the expected and the measured time

export class PaintCosts {
  /** The browser's part of the newest frames @type {number[]} */
  #newest = [];
  /** @type {Map<string, {scriptMs: number, browserMs: number}>} */
  #costs = new Map();

  /** @param {string} name of a scene @returns {number} in milliseconds; 0 before its first paint */
  of(name) {
    const { scriptMs, browserMs } = this.#costs.get(name) ?? { scriptMs: 0, browserMs: 0 };
    return scriptMs + browserMs;
  }

  /** @param {string} name @param {number} tookMs the script's part of a paint */
  painted(name, tookMs) {
    const known = this.#costs.get(name);
    if (known) known.scriptMs += NEWEST_WEIGHT * (tookMs - known.scriptMs);
    else this.#costs.set(name, { scriptMs: tookMs, browserMs: 0 });
  }

  /** @param {string[]} names of the scenes that a frame painted @param {number} tookMs the browser's part of the frame */
  drawn(names, tookMs) {
    this.#newest = [...this.#newest, tookMs].slice(-FRAMES);
    const costs = names.flatMap((name) => this.#costs.get(name) ?? []);
    const expectedMs = costs.reduce((sum, { browserMs }) => sum + browserMs, Math.min(...this.#newest));
    for (const cost of costs) cost.browserMs = Math.max(0, cost.browserMs + (LEARNED * (tookMs - expectedMs)) / costs.length);
  }
}
