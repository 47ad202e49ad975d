// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Painter } from "#stickyboard/painter.js";

import { painting } from "./painting.js";

test("paints each scene once for many changes in a frame", () => {
  const { painter, frames, log, nextFrame } = painting();
  for (let count = 0; count < 5; count += 1) painter.invalidate(["metric", "perf"]);
  assert.deepEqual([frames.length, log.painted], [1, []]);
  nextFrame();
  assert.deepEqual(log.painted, ["bars", "late"]);
  assert.equal(log.ends, 1);
});

test("paints only scenes that show the change", () => {
  const { painter, log, nextFrame } = painting();
  painter.invalidate(["live"]);
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
});

test("names the scenes of a frame before it paints them", () => {
  const { painter, log, nextFrame } = painting();
  painter.setVisible("late", false);
  painter.invalidate(["metric"]);
  nextFrame();
  assert.deepEqual(log.due, [["bars", "broken"]]);
});

test("reports a scene that throws and paints the others", () => {
  const { painter, log, nextFrame } = painting();
  painter.invalidate(["metric"]);
  nextFrame();
  assert.deepEqual(log.errors, [["broken", "no bars today"]]);
  assert.deepEqual(log.painted, ["bars", "late"]);
  assert.equal(log.ends, 1);
});

test("calls onPainted for a change that no scene shows", () => {
  const { painter, log, nextFrame } = painting();
  painter.invalidate(["unheard"]);
  nextFrame();
  assert.deepEqual([log.painted, log.ends], [[], 1]);
});

test("requests no frame without a change", () => {
  const { painter, frames } = painting();
  painter.invalidate([]);
  assert.equal(frames.length, 0);
});

test("paints a change during a paint in the next frame", () => {
  const { painter, log, nextFrame } = painting();
  painter.register("restless", ["live"], () => {
    log.painted.push("restless");
    if (painter.stats.animationFrame === 1) painter.repaint("restless");
  });
  painter.invalidate(["live"]);
  nextFrame();
  nextFrame();
  nextFrame();
  assert.deepEqual(log.painted, ["lanes", "restless", "restless"]);
});

test("paints nothing while hidden, and once when visible", () => {
  const { painter, frames, world, log, nextFrame } = painting();
  world.isHidden = true;
  painter.invalidate(["live"]);
  painter.invalidate(["live"]);
  assert.equal(frames.length, 0);
  world.isHidden = false;
  painter.resume();
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
});

test("paints a page hidden before its frame when visible", () => {
  const { painter, world, log, nextFrame } = painting();
  painter.invalidate(["live"]);
  world.isHidden = true;
  nextFrame();
  assert.deepEqual(log.painted, []);
  world.isHidden = false;
  painter.resume();
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
});

test("counts updates, paints and frames", () => {
  const { painter, nextFrame } = painting();
  painter.updateApplied(new Set(["metric", "live"]), true);
  nextFrame();
  painter.updateApplied(new Set(["live"]), false);
  nextFrame();
  assert.deepEqual(painter.stats, {
    updatesApplied: 2,
    frameAtReplayEnd: 0,
    animationFrame: 2,
    workMs: 0,
    paintMs: { bars: 0, broken: 0, lanes: 0, late: 0 },
    paints: { bars: 1, broken: 1, lanes: 2, late: 1 },
    frameAtPaint: { bars: 1, broken: 1, late: 1, lanes: 2 },
  });
});

test("repaints all scenes, or one", () => {
  const { painter, log, nextFrame } = painting();
  painter.repaint("lanes");
  nextFrame();
  painter.repaintAll();
  nextFrame();
  assert.deepEqual(log.painted, ["lanes", "bars", "late", "lanes"]);
});

test("paints an off-screen scene once it is visible", () => {
  const { painter, log, nextFrame } = painting();
  painter.setVisible("lanes", false);
  for (let count = 0; count < 3; count += 1) {
    painter.invalidate(["live"]);
    nextFrame();
  }
  assert.deepEqual(log.painted, []);
  painter.setVisible("lanes", true);
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
});

test("paints scenes out of view after the first frame, once", () => {
  const { painter, world, log, nextFrame } = painting();
  world.below.add("lanes");
  painter.invalidate(["metric", "live"]);
  nextFrame();
  assert.deepEqual(log.painted.splice(0), ["bars", "late"]);
  painter.setVisible("lanes", false);
  nextFrame();
  assert.deepEqual(log.painted.splice(0), ["lanes"]);
  painter.invalidate(["live"]);
  nextFrame();
  assert.deepEqual(log.painted, []);
});

test("acknowledges changes of off-screen scenes", () => {
  const { painter, log, nextFrame } = painting();
  painter.setVisible("lanes", false);
  painter.invalidate(["live"]);
  nextFrame();
  assert.equal(log.ends, 1);
});

test("paints each scene once after a pause", () => {
  const { painter, frames, log, nextFrame } = painting();
  painter.setPaused(true);
  for (let count = 0; count < 3; count += 1) painter.invalidate(["live"]);
  assert.equal(frames.length, 0);
  painter.setPaused(false);
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
});

test("repaints a scene during a pause", () => {
  const { painter, log, nextFrame } = painting();
  painter.setPaused(true);
  painter.repaint("lanes");
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
});

test("paints an off-screen scene once if that is requested, and its later changes when it is visible", () => {
  const { painter, log, nextFrame } = painting();
  painter.setVisible("lanes", false);
  painter.repaintOffScreen("lanes");
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
  painter.invalidate(["live"]);
  nextFrame();
  assert.deepEqual(log.painted, ["lanes"]);
  painter.setVisible("lanes", true);
  nextFrame();
  assert.deepEqual(log.painted, ["lanes", "lanes"]);
});

test("measures the work of a frame", () => {
  const { painter, world, nextFrame } = painting();
  painter.register("slow", ["metric"], () => (world.nowMs += 7));
  painter.invalidate(["metric"]);
  nextFrame();
  assert.deepEqual([painter.stats.workMs, painter.stats.paintMs.slow, painter.stats.paintMs.lanes], [7, 7, 0]);
});

test("paints later frames after an error", () => {
  const console_error = console.error;
  console.error = () => {};
  /** @type {(() => void)[]} */
  const frames = [];
  /** @type {string[]} */
  const names = [];
  let painted = 0;
  const fail = () => {
    throw new Error("no");
  };
  const painter = new Painter({
    requestFrame: (run) => frames.push(run),
    beforePaint: () => {},
    isBelow: () => false,
    afterFrame: (run) => run(),
    isHidden: () => false,
    nowMs: () => 0,
    later: () => {},
    onTimed: () => {},
    onError: (name) => {
      names.push(name);
      fail();
    },
    onPainted: fail,
  });
  painter.register("bars", ["metric"], fail);
  painter.register("lanes", ["metric"], () => (painted += 1));
  for (let count = 0; count < 2; count += 1) {
    painter.updateApplied(new Set(["metric"]), false);
    frames.shift()?.();
  }
  console.error = console_error;
  assert.deepEqual([painted, names], [2, ["bars", "", "bars", ""]]);
});
