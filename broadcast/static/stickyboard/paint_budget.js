// @ts-check
/**
 * How much of the animation frames is for paints. Sans-I/O.
 *
 * A frame that takes too long, or comes late because the threads that draw share the processor, halves the time for paints in a
 * frame and adds a frame between two that paint. Both recover slowly. A frame that paints nothing costs the browser little,
 * and a frame that paints three scenes costs it hardly more than one that paints one.
 */

import { FrameInterval } from "./frame_interval.js";

const MAX_MS = 8; // of a frame: half of 60 Hz; the browser's style, layout and paint need the rest
const MIN_MS = 2;
const GROWTH = 1.012; // per frame: a budget that was halved is whole again after 1 s
const FULL_MS = 13; // main-thread work of a frame, including the browser's
const WAIT_PER_MS = 15; // a scene that waits this long adds 1 ms to the budget, so none waits much longer than the others
const MAX_OVERDUE_MS = 16;
const OVERDUE_MS = 120; // on a busy machine too, every scene is painted several times a second
const FRAME_MS = 1000 / 60;
const MAX_REST_MS = 2 * FRAME_MS;
const RECOVERY_MS = FRAME_MS / 60; // per frame that comes in time, so about one frame in 60 is late

export class PaintBudget {
  #budgetMs = MAX_MS;
  /** Time between two frames that paint, in which others paint nothing */
  #restMs = 0;
  #interval = new FrameInterval();
  #frames = 0;
  /** The frame in which the budget last shrank */
  #shrankAt = 0;
  #paintedMs = -Infinity;

  /**
   * @param {number} nowMs when a frame begins @param {number} requestedMs
   * @param {number} waitedMs the longest wait of a scene
   * @returns {boolean} whether the frame may paint
   */
  begin(nowMs, requestedMs, waitedMs) {
    this.#frames += 1;
    if (this.#interval.isLate(nowMs, requestedMs)) this.#shrink();
    else this.#restMs = Math.max(0, this.#restMs - RECOVERY_MS);
    const isFree = this.#isRested(nowMs) || waitedMs > OVERDUE_MS;
    if (isFree) this.#paintedMs = nowMs;
    return isFree;
  }

  /** @param {number} nowMs */
  #isRested(nowMs) {
    return this.#restMs < FRAME_MS / 2 || nowMs - this.#paintedMs > this.#restMs + FRAME_MS / 2;
  }

  /** @param {number} waitedMs @returns {number} for a scene that has waited this long, and those before it */
  of(waitedMs) {
    return Math.max(this.#budgetMs, Math.min(MAX_OVERDUE_MS, waitedMs / WAIT_PER_MS));
  }

  /** @param {boolean} isLimited whether scenes are left @param {number} tookMs including the browser's style, layout and paint */
  end(isLimited, tookMs) {
    if (tookMs > FULL_MS) this.#shrink();
    else if (isLimited) this.#budgetMs = Math.min(MAX_MS, this.#budgetMs * GROWTH);
  }

  /** Once for a frame that takes too long and delays the next one, and not for the first one, which builds the page. */
  #shrink() {
    if (this.#frames < 3 || this.#frames - this.#shrankAt < 2) return;
    this.#shrankAt = this.#frames;
    this.#budgetMs = Math.max(MIN_MS, this.#budgetMs / 2);
    this.#restMs = Math.min(MAX_REST_MS, this.#restMs + FRAME_MS);
  }
}
