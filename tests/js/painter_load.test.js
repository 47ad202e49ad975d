// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { painting } from "./painting.js";

test("paints the scenes that have waited longest", () => {
  const { painter, log, nextFrame } = busyBoard(6, 3);
  const frames = Array.from({ length: 4 }, () => {
    painter.invalidate(["busy"]);
    nextFrame();
    return log.painted.splice(0).join(" ");
  });
  assert.deepEqual(frames, ["0 1 2 3 4 5", "0 1", "2 3", "4 5"]);
});

test("paints fewer scenes where drawing delays frames", () => {
  const { painter, world, log, nextFrame } = busyBoard(12, 1);
  let late = 0;
  for (let frame = 0; frame < 1200; frame += 1) {
    painter.invalidate(["busy"]);
    log.painted.length = 0;
    nextFrame();
    const drawnMs = 16 + 6 * log.painted.length; // after which threads beside the main one are done
    const waitMs = drawnMs > 40 ? 33 : 16;
    late += Number(frame > 100 && waitMs > 16);
    world.nowMs += waitMs;
  }
  const counts = Object.values(painter.stats.paints).filter(Boolean);
  assert.ok(late < 20, `${late} frames came late`);
  assert.ok(Math.min(...counts) > 150 && Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
});

test("paints as much of each frame at a low frame rate", () => {
  const rates = [60, 40, 30].map((hz) => {
    const board = busyBoard(12, 1);
    run(board, 20, 1000 / hz);
    return run(board, 10, 1000 / hz) / hz;
  });
  for (const perFrame of rates) assert.ok(perFrame > 0.6, rates.join());
});

test("paints every scene several times a second under load", () => {
  const board = busyBoard(14, 3);
  board.world.drawMs = 12;
  run(board, 5, 50);
  const perSecond = run(board, 10, 50);
  assert.ok(perSecond > 3.5, String(perSecond));
  assert.ok(Math.max(...board.log.due.slice(5).map((names) => names.length)) <= 5, "bounded");
});

test("lets frames rest that come late, and paints more in the others", () => {
  const { painter, frames, world, log, nextFrame } = busyBoard(12, 1);
  const perFrame = Array.from({ length: 600 }, () => {
    painter.invalidate(["busy"]);
    log.painted.length = 0;
    nextFrame();
    assert.ok(log.painted.length > 0 || frames.length === 1, "the next frame is requested");
    world.nowMs += log.painted.length > 0 && painter.stats.animationFrame % 40 < 3 ? 33 : 16;
    return log.painted.length;
  });
  const settled = perFrame.slice(100);
  const rested = settled.filter((count) => count === 0).length;
  assert.ok(rested > 250 && Math.max(...settled) >= 3, `${rested} of 500 frames rested`);
});

test("paints a user's choice while frames rest", () => {
  const { painter, world, log, nextFrame } = busyBoard(12, 1);
  for (let frame = 0; frame < 100; frame += 1) {
    painter.invalidate(["busy"]);
    log.painted.length = 0;
    nextFrame();
    world.nowMs += log.painted.length > 0 ? 33 : 16;
    if (frame > 50 && log.painted.length > 0) break;
  }
  log.painted.length = 0;
  painter.invalidate(["busy"]);
  painter.repaintNow("5");
  nextFrame();
  assert.deepEqual(log.painted, ["5"]);
});

test("paints a user's choice first, outside of the budget", () => {
  const { painter, log, nextFrame } = busyBoard(12, 3);
  for (let frame = 0; frame < 2; frame += 1) {
    painter.invalidate(["busy"]);
    nextFrame();
  }
  painter.invalidate(["busy"]);
  log.painted.length = 0;
  for (const name of ["9", "1"]) painter.repaintNow(name);
  nextFrame();
  assert.deepEqual(log.painted.splice(0), ["9", "1", "2", "3"]);
  painter.invalidate(["busy"]);
  nextFrame();
  assert.deepEqual(log.painted, ["4", "5"]);
});

test("halves its budget once for a frame and the next one", () => {
  const { painter, world, log, nextFrame } = busyBoard(12, 1);
  const painted = [0, 0, 30, 0].map((drawMs) => {
    painter.invalidate(["busy"]);
    log.painted.length = 0;
    world.nowMs += world.drawMs ? 33 : 16;
    world.drawMs = drawMs;
    nextFrame();
    return log.painted.length;
  });
  assert.deepEqual(painted, [12, 8, 8, 4]);
});

test("spends more of each frame while there is time", () => {
  const { painter, world, log, nextFrame } = busyBoard(6, 1);
  world.drawMs = 40;
  for (let count = 0; count < 9; count += 1) {
    painter.invalidate(["busy"]);
    nextFrame();
  }
  world.drawMs = 1;
  const painted = Array.from({ length: 1000 }, () => {
    painter.invalidate(["busy"]);
    log.painted.length = 0;
    nextFrame();
    return log.painted.length;
  });
  assert.deepEqual([Math.max(...painted.slice(0, 20)), painted[999]], [2, 6]);
});

test("paints what a late frame left without a change", () => {
  const { painter, world, log, nextFrame } = painting();
  world.drawMs = 40;
  painter.invalidate(["metric", "live"]);
  nextFrame();
  log.painted.length = 0;
  painter.invalidate(["metric", "live"]);
  for (let count = 0; count < 4; count += 1) nextFrame();
  assert.deepEqual(log.painted.sort(), ["bars", "lanes", "late"]);
});

test("lets a slow scene rest, then paints its newest state", () => {
  const { painter, world, log, nextFrame, timers, timed } = painting();
  let tookMs = 1200;
  painter.register("slow", ["metric"], () => {
    log.painted.push("slow");
    world.nowMs += tookMs;
  });
  painter.invalidate(["metric"]);
  nextFrame();
  assert.deepEqual(timed.at(-1), ["slow", 1200, 0], "it may have read the whole state");
  painter.repaint("slow");
  nextFrame();
  assert.deepEqual(timed.at(-1), ["slow", 1200, 12_000]);
  log.painted.length = 0;
  for (let frame = 0; frame < 11; frame += 1) {
    world.nowMs += 1000;
    painter.invalidate(["metric"]);
    painter.repaint("slow");
    nextFrame();
  }
  assert.ok(log.painted.includes("bars") && !log.painted.includes("slow"), log.painted.join());
  tookMs = 5;
  world.nowMs += 1000;
  timers.pass(12_000);
  nextFrame();
  nextFrame();
  assert.deepEqual([log.painted.at(-1), timed.at(-1)], ["slow", ["slow", 5, 0]]);
});

test("paints a user's choice at once during a rest", () => {
  const { painter, world, log, nextFrame } = painting();
  painter.register("slow", ["other"], () => {
    log.painted.push("slow");
    world.nowMs += 1200;
  });
  for (let count = 0; count < 3; count += 1) {
    painter.invalidate(["other"]);
    nextFrame();
  }
  assert.deepEqual(log.painted, ["slow", "slow"]);
  painter.repaintNow("slow");
  nextFrame();
  assert.deepEqual(log.painted, ["slow", "slow", "slow"]);
});

/** A board whose scenes all show one event type. @param {number} scenes @param {number} costMs of each paint */
function busyBoard(scenes, costMs) {
  const board = painting();
  for (let index = 0; index < scenes; index += 1) {
    board.painter.register(String(index), ["busy"], () => {
      board.log.painted.push(String(index));
      board.world.nowMs += costMs;
    });
  }
  return board;
}

/**
 * Let a display request frames, each after updates of all scenes.
 * @param {ReturnType<typeof busyBoard>} board @param {number} seconds @param {number} intervalMs
 * @returns {number} how often a scene was painted in a second
 */
function run({ painter, world, nextFrame }, seconds, intervalMs) {
  const paintsOf = () => Math.min(...Object.values(painter.stats.paints).filter(Boolean));
  const before = painter.stats.animationFrame === 0 ? 0 : paintsOf();
  for (const endMs = world.nowMs + 1000 * seconds; world.nowMs < endMs; ) {
    painter.invalidate(["busy"]);
    const began = world.nowMs;
    nextFrame();
    painter.invalidate(["busy"]);
    world.nowMs = Math.max(world.nowMs, began + intervalMs);
  }
  return (paintsOf() - before) / seconds;
}
