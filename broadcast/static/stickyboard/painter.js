// @ts-check
/**
 * One paint per scene per animation frame, however many events came meanwhile.
 *
 * Nothing is queued: a change only marks scenes, and a marked scene reads the mirror when it is
 * painted. A hidden page and a scene out of sight paint nothing, and paint once when they are shown.
 * While paused, changes mark nothing that is painted before the pause ends.
 *
 * Where all marked scenes together would make frames late, a frame paints as many of them as it has time
 * for and the next ones the rest, in turn: scenes are then painted less often, and the page stays quick.
 *
 * A scene whose paint takes longer than SLOW_MS rests for REST_PER_MS times as long before changes paint it
 * again, so that no scene takes more than a fraction of the time from the others.
 */

/**
 * @typedef {{updatesApplied: number, frameAtReplayEnd: number | null, animationFrame: number, workMs: number,
 *   paints: Record<string, number>, paintMs: Record<string, number>, frameAtPaint: Record<string, number>}} Stats
 *   `workMs` of the newest animation frame, `paintMs` summed up per scene
 * @typedef {{eventTypes: Set<string>, paint: () => void, isVisible: boolean, restsUntilMs: number}} Scene
 */

const FULL_MS = 13; // of main-thread work in a frame at 60 a second, beyond which fewer scenes are painted in one
const IDLE_MS = 8; // below which one more is tried
const SLOW_MS = 1000; // of one scene's paint
const REST_PER_MS = 10;
const MOST_REST_MS = 60_000;

export class Painter {
  /** Counts that tests and curious users read @type {Stats} */
  stats = {
    updatesApplied: 0,
    frameAtReplayEnd: null,
    animationFrame: 0,
    workMs: 0,
    paints: {},
    paintMs: {},
    frameAtPaint: {},
  };
  /** @type {Map<string, Scene>} */
  #scenes = new Map();
  /** @type {Set<string>} */
  #marked = new Set();
  /** Marked by changes that came during the pause. @type {Set<string>} */
  #held = new Set();
  #isScheduled = false;
  #isPaused = false;
  /** So many scenes a frame paints at most; the first frames, which show a page for the first time, all. */
  #most = Infinity;
  #options;

  /**
   * @param {object} options
   * @param {(run: () => void) => void} options.requestFrame
   * @param {(run: () => void) => void} options.afterFrame runs once the browser has drawn the frame
   * @param {() => boolean} options.isHidden
   * @param {() => number} options.nowMs
   * @param {(run: () => void, ms: number) => void} options.later
   * @param {(name: string, error: unknown) => void} options.onError a scene threw, or with the
   *   name "" the page itself; the others go on
   * @param {(name: string, tookMs: number, restMs: number) => void} options.onTimed after each paint; a rest
   *   of 0 where it was quick enough
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
    this.#scenes.set(name, { eventTypes: new Set(eventTypes), paint, isVisible: true, restsUntilMs: 0 });
    this.stats.paints[name] = this.stats.paintMs[name] = 0;
  }

  /** @param {Set<string>} changed @param {boolean} caughtUp whether the frame ended a replay */
  updateApplied(changed, caughtUp) {
    this.stats.updatesApplied += 1;
    if (caughtUp) this.stats.frameAtReplayEnd = this.stats.animationFrame;
    this.invalidate(changed);
  }

  /** @param {Iterable<string>} eventTypes Paint the scenes that show any of them. */
  invalidate(eventTypes) {
    const changed = [...eventTypes];
    const marks = this.#isPaused ? this.#held : this.#marked;
    for (const [name, scene] of this.#scenes) {
      if (changed.some((eventType) => scene.eventTypes.has(eventType))) marks.add(name);
    }
    // Also where no scene in sight is marked: a frame is acknowledged when one has passed.
    if (changed.length > 0 && !this.#isPaused) this.#schedule();
  }

  /** @param {string} name Paint one scene again, as after a change of its size; not before its rest has ended. */
  repaint(name) {
    this.#marked.add(name);
    this.#schedule();
  }

  /** @param {string} name Paint one scene again at once, as somebody chose what it shows. */
  repaintNow(name) {
    const scene = this.#scenes.get(name);
    if (scene) scene.restsUntilMs = 0;
    this.repaint(name);
  }

  /** Paint every scene again, as after a change of colours. */
  repaintAll() {
    for (const name of this.#scenes.keys()) this.repaint(name);
  }

  /** @param {string} name @param {boolean} isVisible whether any of the scene is in sight */
  setVisible(name, isVisible) {
    const scene = this.#scenes.get(name);
    if (!scene) return;
    scene.isVisible = isVisible;
    if (isVisible && this.#marked.has(name)) this.#schedule();
  }

  get isPaused() {
    return this.#isPaused;
  }

  /** @param {boolean} isPaused Hold what changes back, or paint what was held back. */
  setPaused(isPaused) {
    this.#isPaused = isPaused;
    if (isPaused) return;
    for (const name of this.#held) this.#marked.add(name);
    this.#held.clear();
    this.resume();
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
    const began = this.#options.nowMs();
    const due = [...this.#marked].filter((name) => this.#isDue(name, began));
    const now = due.slice(0, this.#most);
    for (const name of now) this.#paintScene(name);
    this.#guarded("", () => this.#options.onPainted());
    this.stats.workMs = this.#options.nowMs() - began;
    this.#options.afterFrame(() => this.#learn(now.length, this.#options.nowMs() - began));
    if (now.length < due.length) this.#schedule();
  }

  /** @param {string} name @param {number} nowMs */
  #isDue(name, nowMs) {
    const scene = this.#scenes.get(name);
    return scene !== undefined && scene.isVisible && scene.restsUntilMs <= nowMs;
  }

  /** @param {number} painted @param {number} tookMs with the browser's own style, layout and paint */
  #learn(painted, tookMs) {
    if (tookMs > FULL_MS && painted > 1) this.#most = Math.min(this.#most, Math.ceil(painted / 2));
    else if (tookMs < IDLE_MS && painted === this.#most) this.#most += 1;
  }

  /** @param {string} name */
  #paintScene(name) {
    const scene = /** @type {Scene} */ (this.#scenes.get(name));
    this.#marked.delete(name);
    this.stats.paints[name] += 1;
    this.stats.frameAtPaint[name] = this.stats.animationFrame;
    const began = this.#options.nowMs();
    this.#guarded(name, () => scene.paint());
    const tookMs = this.#options.nowMs() - began;
    this.stats.paintMs[name] += tookMs;
    this.#letRest(name, scene, tookMs);
  }

  /** @param {string} name @param {Scene} scene @param {number} tookMs */
  #letRest(name, scene, tookMs) {
    const restMs = tookMs > SLOW_MS ? Math.min(MOST_REST_MS, REST_PER_MS * tookMs) : 0;
    this.#options.onTimed(name, tookMs, restMs);
    if (restMs === 0) return;
    scene.restsUntilMs = this.#options.nowMs() + restMs;
    this.#options.later(() => this.resume(), restMs);
  }

  /** @param {string} name @param {() => void} run An error ends neither the frame nor those to come. */
  #guarded(name, run) {
    try {
      run();
    } catch (error) {
      try {
        this.#options.onError(name, error);
      } catch (second) {
        console.error(error, second);
      }
    }
  }
}
