// @ts-check
/**
 * Paints each scene at most once per animation frame, however many events arrive.
 *
 * Nothing is queued: a change only marks scenes, and a marked scene reads the mirror when it is painted. A hidden
 * page and an off-screen scene are not painted, and are painted once when they become visible. During a pause,
 * changes are recorded and painted when the pause ends.
 *
 * The first frame paints the scenes in the viewport, so that a phone does not wait for those below. The next frames paint
 * the others once, so that none is empty when it comes into view; also one whose module is loaded only then.
 *
 * A frame paints the scenes that were painted longest ago until its budget is used, and the following frames paint the rest.
 * Each scene is then painted less often, and the page stays responsive. `paint_budget.js` decides how much of which frames
 * is for paints. A user's choice is painted in the next frame, outside of the budget.
 *
 * A scene whose paints take longer than SLOW_MS rests for REST_PER_MS times as long before the next change paints
 * it, so that no scene can take most of the time from the others. Its first slow paint is followed by no rest, because
 * it may have read the whole state, and the next one reads only what is new.
 */

import { PaintBudget } from "./paint_budget.js";
import { PaintCosts } from "./paint_costs.js";

/**
 * @typedef {{updatesApplied: number, frameAtReplayEnd: number | null, animationFrame: number, workMs: number,
 *   paints: Record<string, number>, paintMs: Record<string, number>, frameAtPaint: Record<string, number>}} Stats
 *   `workMs` of the newest animation frame, `paintMs` in total per scene
 * @typedef {{paint: () => void, isVisible: boolean, isPostponed: boolean, isChosen: boolean, restsUntilMs: number, wasSlow: boolean}} Scene
 *   `isChosen`: a user's choice waits for its paint
 */

const SLOW_MS = 1000;
const REST_PER_MS = 10;
const MAX_REST_MS = 60_000;

export class Painter {
  /** @type {Stats} */
  stats = {
    updatesApplied: 0,
    frameAtReplayEnd: null,
    animationFrame: 0,
    workMs: 0,
    paints: {},
    paintMs: {},
    frameAtPaint: {},
  };
  /** The one that was painted last is the last @type {Map<string, Scene>} */
  #scenes = new Map();
  /** Names of the scenes of each event type @type {Map<string, string[]>} */
  #scenesOf = new Map();
  /** When each was marked @type {Map<string, number>} */
  #marked = new Map();
  /** Scenes changed during the pause @type {Set<string>} */
  #changedInPause = new Set();
  #isScheduled = false;
  #isPaused = false;
  #budget = new PaintBudget();
  #costs = new PaintCosts();
  #requestedMs = 0;
  #options;

  /**
   * @param {object} options
   * @param {(run: () => void) => void} options.requestFrame
   * @param {(names: Set<string>) => void} options.beforePaint called in each frame, with the scenes that it paints
   * @param {(name: string) => boolean} options.isBelow whether a scene is below the viewport; called in the first frame,
   *   for all scenes before any paint, so that there is one layout
   * @param {(run: () => void) => void} options.afterFrame runs a function once the browser has drawn the frame
   * @param {() => boolean} options.isHidden
   * @param {() => number} options.nowMs
   * @param {(run: () => void, ms: number) => void} options.later
   * @param {(name: string, error: unknown) => void} options.onError called when a scene threw, or with the
   *   name "" when the page did; the other scenes are painted
   * @param {(name: string, tookMs: number, restMs: number) => void} options.onTimed called after each paint; the
   *   rest is 0 if the paint was fast enough
   * @param {() => void} options.onPainted called after each animation frame
   */
  constructor(options) {
    this.#options = options;
  }

  /** @param {string} name @param {string[]} eventTypes the event types of the scene @param {() => void} paint */
  register(name, eventTypes, paint) {
    for (const type of new Set(eventTypes)) this.#scenesOf.set(type, [...(this.#scenesOf.get(type) ?? []), name]);
    this.#scenes.set(name, { paint, isVisible: true, isPostponed: false, isChosen: false, restsUntilMs: 0, wasSlow: false });
    this.stats.paints[name] = this.stats.paintMs[name] = 0;
  }

  /** @param {Set<string>} changed @param {boolean} caughtUp whether the update ended a replay */
  updateApplied(changed, caughtUp) {
    this.stats.updatesApplied += 1;
    if (caughtUp) this.stats.frameAtReplayEnd = this.stats.animationFrame;
    this.invalidate(changed);
  }

  /** Paint the scenes of these event types. @param {Iterable<string>} eventTypes */
  invalidate(eventTypes) {
    let isChanged = false;
    for (const type of eventTypes) {
      isChanged = true;
      for (const name of this.#scenesOf.get(type) ?? []) {
        if (this.#isPaused) this.#changedInPause.add(name);
        else this.#mark(name);
      }
    }
    // Even if no visible scene is marked: updates are acknowledged after an animation frame.
    if (isChanged && !this.#isPaused) this.#schedule();
  }

  /** Paint one scene again, for example after a change of its size, once its rest has ended. @param {string} name */
  repaint(name) {
    this.#mark(name);
    this.#schedule();
  }

  /** Paint one scene in the next frame, whatever its budget, for example after a user's choice. @param {string} name */
  repaintNow(name) {
    const scene = this.#scenes.get(name);
    if (scene) Object.assign(scene, { isChosen: true, restsUntilMs: 0 });
    this.repaint(name);
  }

  /** Paint one scene again, once also while it is off-screen: what it shows must not come into view. @param {string} name */
  repaintOffScreen(name) {
    const scene = this.#scenes.get(name);
    if (scene) scene.isPostponed = true;
    this.repaint(name);
  }

  /** Paint every scene again, for example after a change of theme. */
  repaintAll() {
    for (const name of this.#scenes.keys()) this.repaint(name);
  }

  /** @param {string} name @param {boolean} isVisible whether any part of the scene is in the viewport */
  setVisible(name, isVisible) {
    const scene = this.#scenes.get(name);
    if (!scene) return;
    scene.isVisible = isVisible;
    if (isVisible && this.#marked.has(name)) this.#schedule();
  }

  get isPaused() {
    return this.#isPaused;
  }

  /** Stop painting changes, or paint the scenes that changed meanwhile. @param {boolean} isPaused */
  setPaused(isPaused) {
    this.#isPaused = isPaused;
    if (isPaused) return;
    for (const name of this.#changedInPause) this.#mark(name);
    this.#changedInPause.clear();
    this.resume();
  }

  /** Paint the scenes that changed while the page was hidden. */
  resume() {
    if (this.#marked.size > 0) this.#schedule();
  }

  /** @param {string} name */
  #mark(name) {
    if (!this.#marked.has(name)) this.#marked.set(name, this.#options.nowMs());
  }

  #schedule() {
    if (this.#isScheduled || this.#options.isHidden()) return;
    this.#isScheduled = true;
    this.#requestedMs = this.#options.nowMs();
    this.#options.requestFrame(() => this.#paintMarked());
  }

  #paintMarked() {
    this.#isScheduled = false;
    this.stats.animationFrame += 1;
    if (this.#options.isHidden()) return;
    const began = this.#options.nowMs();
    const marked = [...this.#scenes.keys()].filter((name) => this.#isDue(name, began));
    const waitedMs = Math.max(0, ...marked.map((name) => this.#waitedMs(name, began)));
    const isFree = this.#budget.begin(began, this.#requestedMs, waitedMs);
    const due = isFree ? marked : marked.filter((name) => this.#scene(name).isChosen);
    if (due.length < marked.length && due.length === 0) return this.#schedule();
    const names = this.#withinBudget(due, began);
    this.#guarded("", () => this.#options.beforePaint(new Set(names)));
    const painted = this.stats.animationFrame === 1 ? names.filter((name) => !this.#postpone(name)) : names;
    for (const name of painted) this.#paintScene(name);
    this.#guarded("", () => this.#options.onPainted());
    this.stats.workMs = this.#options.nowMs() - began;
    this.#options.afterFrame(() => this.#drawn(painted, painted.length < marked.length, this.#options.nowMs() - began));
    if (painted.length < marked.length) this.#schedule();
  }

  /** @param {string[]} names @param {boolean} isLimited whether scenes are left @param {number} tookMs including the browser's style, layout and paint */
  #drawn(names, isLimited, tookMs) {
    this.#costs.drawn(names, tookMs - this.stats.workMs);
    this.#budget.end(isLimited, tookMs);
  }

  /** @param {string} name */
  #scene(name) {
    return /** @type {Scene} */ (this.#scenes.get(name));
  }

  /** @param {string} name @param {number} nowMs */
  #isDue(name, nowMs) {
    const scene = this.#scene(name);
    return this.#marked.has(name) && (scene.isVisible || scene.isPostponed) && scene.restsUntilMs <= nowMs;
  }

  /**
   * @param {string[]} due scenes, the one that was painted longest ago first
   * @param {number} nowMs
   * @returns {string[]} a user's choices, and at least one of the others
   */
  #withinBudget(due, nowMs) {
    const [chosen, others] = [true, false].map((isChosen) => due.filter((name) => this.#scene(name).isChosen === isChosen));
    const isFirst = this.stats.animationFrame === 1;
    let spentMs = 0;
    const painted = others.filter((name, index) => {
      spentMs += this.#costs.of(name);
      return isFirst || index === 0 || spentMs <= this.#budget.of(this.#waitedMs(name, nowMs));
    });
    return [...chosen, ...painted];
  }

  /** @param {string} name @param {number} nowMs */
  #waitedMs(name, nowMs) {
    return nowMs - (this.#marked.get(name) ?? nowMs);
  }

  /** Leave a scene to the next frame if it is below the viewport. @param {string} name @returns {boolean} whether it is */
  #postpone(name) {
    return (this.#scene(name).isPostponed = this.#options.isBelow(name));
  }

  /** @param {string} name */
  #paintScene(name) {
    const scene = this.#scene(name);
    this.#marked.delete(name);
    this.#scenes.delete(name);
    this.#scenes.set(name, scene);
    scene.isPostponed = scene.isChosen = false;
    this.stats.paints[name] += 1;
    this.stats.frameAtPaint[name] = this.stats.animationFrame;
    const began = this.#options.nowMs();
    this.#guarded(name, () => scene.paint());
    const tookMs = this.#options.nowMs() - began;
    this.stats.paintMs[name] += tookMs;
    this.#costs.painted(name, tookMs);
    this.#letRest(name, scene, tookMs);
  }

  /** @param {string} name @param {Scene} scene @param {number} tookMs */
  #letRest(name, scene, tookMs) {
    const isSlow = tookMs > SLOW_MS;
    const restMs = isSlow && scene.wasSlow ? Math.min(MAX_REST_MS, REST_PER_MS * tookMs) : 0;
    scene.wasSlow ||= isSlow;
    this.#options.onTimed(name, tookMs, restMs);
    if (restMs === 0) return;
    scene.restsUntilMs = this.#options.nowMs() + restMs;
    this.#options.later(() => this.resume(), restMs);
  }

  /** Run a function whose error ends neither this frame nor a later one. @param {string} name @param {() => void} run */
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
