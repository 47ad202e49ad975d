// @ts-check
import { Painter } from "#stickyboard/painter.js";

import { FakeTimers } from "./fakes.js";

/** A painter with four scenes, one of which throws, on fake frames and timers. */
export function painting() {
  /** @type {(() => void)[]} */
  const frames = [];
  const world = { isHidden: false, nowMs: 0, /** What the browser's own part of a frame takes */ drawMs: 0, /** Scenes below the viewport */ below: new Set() };
  /** @type {{painted: string[], due: string[][], errors: any[], ends: number}} */
  const log = { painted: [], due: [], errors: [], ends: 0 };
  const timers = new FakeTimers();
  /** @type {[string, number, number][]} */
  const timed = [];
  const painter = new Painter({
    requestFrame: (run) => frames.push(run),
    beforePaint: (names) => log.due.push([...names]),
    isBelow: (name) => world.below.has(name),
    afterFrame: (run) => {
      world.nowMs += world.drawMs;
      run();
    },
    isHidden: () => world.isHidden,
    nowMs: () => world.nowMs,
    later: (run, ms) => void timers.setTimeout(run, ms),
    onTimed: (...facts) => timed.push(facts),
    onError: (name, error) => log.errors.push([name, /** @type {Error} */ (error).message]),
    onPainted: () => (log.ends += 1),
  });
  painter.register("bars", ["metric", "perf"], () => log.painted.push("bars"));
  painter.register("broken", ["metric"], () => {
    throw new Error("no bars today");
  });
  painter.register("lanes", ["live"], () => log.painted.push("lanes"));
  painter.register("late", ["metric"], () => log.painted.push("late"));
  const nextFrame = () => frames.splice(0).forEach((run) => run());
  return { painter, frames, world, log, nextFrame, timers, timed };
}
