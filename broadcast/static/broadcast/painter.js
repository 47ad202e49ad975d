// @ts-check
/**
 * One paint per scene per animation frame, however many events came meanwhile.
 *
 * Nothing is queued: a change only marks scenes, and a marked scene reads the mirror when it is
 * painted. A hidden page paints nothing and paints once when shown.
 */

/**
 * @typedef {{framesApplied: number, frameAtReplayEnd: number | null, animationFrame: number,
 *   paints: Record<string, number>, frameAtPaint: Record<string, number>}} Stats
 * @typedef {{eventTypes: Set<string>, paint: () => void}} Scene
 */

export class Painter {
  /** Counts that tests and curious users read @type {Stats} */
  stats = { framesApplied: 0, frameAtReplayEnd: null, animationFrame: 0, paints: {}, frameAtPaint: {} };
  /** @type {Map<string, Scene>} */
  #scenes = new Map();
  /** @type {Set<string>} */
  #marked = new Set();
  #isScheduled = false;
  #options;

  /**
   * @param {object} options
   * @param {(run: () => void) => void} options.requestFrame
   * @param {() => boolean} options.isHidden
   * @param {(name: string, error: unknown) => void} options.onError a scene threw; the others go on
   * @param {() => void} options.onPainted after each animation frame
   */
  constructor(options) {
    this.#options = options;
  }

  /**
   * @param {string} name
   * @param {string[]} eventTypes what the scene shows
   * @param {() => void} paint
   */
  register(name, eventTypes, paint) {
    this.#scenes.set(name, { eventTypes: new Set(eventTypes), paint });
    this.stats.paints[name] = 0;
  }

  /** @param {Set<string>} changed @param {boolean} caughtUp whether the frame ended a replay */
  frameApplied(changed, caughtUp) {
    this.stats.framesApplied += 1;
    if (caughtUp) this.stats.frameAtReplayEnd = this.stats.animationFrame;
    this.invalidate(changed);
  }

  /** @param {Iterable<string>} eventTypes Paint the scenes that show any of them. */
  invalidate(eventTypes) {
    const changed = [...eventTypes];
    for (const [name, scene] of this.#scenes) {
      if (changed.some((eventType) => scene.eventTypes.has(eventType))) this.#marked.add(name);
    }
    if (changed.length > 0) this.#schedule();
  }

  /** @param {string} name Paint one scene again, as after a change of its size. */
  repaint(name) {
    this.#marked.add(name);
    this.#schedule();
  }

  /** Paint every scene again, as after a change of colours. */
  repaintAll() {
    for (const name of this.#scenes.keys()) this.repaint(name);
  }

  /** Paint what changed while the page was hidden. */
  resume() {
    if (this.#marked.size > 0) this.#schedule();
  }

  #schedule() {
    if (this.#isScheduled || this.#options.isHidden()) return;
    this.#isScheduled = true;
    this.#options.requestFrame(() => this.#paintMarked());
  }

  #paintMarked() {
    this.#isScheduled = false;
    this.stats.animationFrame += 1;
    if (this.#options.isHidden()) return;
    const names = [...this.#marked];
    this.#marked.clear();
    for (const name of names) this.#paintScene(name);
    this.#options.onPainted();
  }

  /** @param {string} name */
  #paintScene(name) {
    this.stats.paints[name] += 1;
    this.stats.frameAtPaint[name] = this.stats.animationFrame;
    try {
      this.#scenes.get(name)?.paint();
    } catch (error) {
      this.#options.onError(name, error);
    }
  }
}
