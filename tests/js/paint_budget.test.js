// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { PaintBudget } from "#stickyboard/paint_budget.js";

const FRAME_MS = 1000 / 60;

test("lets no frame rest while all come in time", () => {
  const { frame } = displayed();
  assert.ok(Array.from({ length: 100 }, () => frame(FRAME_MS)).every(Boolean));
});

test("lets two frames rest after late ones, and recovers", () => {
  const { frame, delay } = displayed();
  delay(3);
  assert.deepEqual(Array.from({ length: 6 }, () => frame(FRAME_MS)), [false, false, true, false, false, true]);
  for (let count = 0; count < 600; count += 1) frame(FRAME_MS);
  assert.ok(Array.from({ length: 10 }, () => frame(FRAME_MS)).every(Boolean));
});

test("paints a rare change in the next frame during a rest", () => {
  const { frame, delay } = displayed();
  delay(3);
  assert.ok(Array.from({ length: 10 }, () => frame(100, 99)).every(Boolean));
});

test("lets no frame rest while a scene has waited long", () => {
  const { frame, delay } = displayed();
  delay(3);
  assert.deepEqual([frame(FRAME_MS, 0, 119), frame(FRAME_MS, 0, 121)], [false, true]);
});

test("has more time for a scene that has waited", () => {
  const { budget, delay } = displayed();
  delay(6);
  assert.deepEqual([0, 60, 150, 1000].map((waitedMs) => budget.of(waitedMs)), [2, 4, 10, 16]);
});

test("delays one frame in thirty at most where paints delay frames", () => {
  // Each third paint delays its frame if less than two frames rested before.
  const { frame } = displayed();
  let [late, sincePaint, paints, gapMs] = [0, 0, 0, FRAME_MS];
  for (let count = 0; count < 6000; count += 1) {
    const isPainting = frame(gapMs);
    gapMs = isPainting && sincePaint < 2 && paints % 3 === 0 ? 2 * FRAME_MS : FRAME_MS;
    late += Number(gapMs > FRAME_MS);
    paints += Number(isPainting);
    sincePaint = isPainting ? 0 : sincePaint + 1;
  }
  assert.ok(late < 200 && paints > 2000, `${late} late frames, ${paints} paints`);
});

/** A display of a page that requests a frame after every frame. */
function displayed() {
  const budget = new PaintBudget();
  let nowMs = 0;
  /** @param {number} gapMs @param {number} [requestedMs] after the frame before @param {number} [waitedMs] @returns {boolean} whether it may paint */
  const frame = (gapMs, requestedMs = 1, waitedMs = 0) => budget.begin((nowMs += gapMs), nowMs - gapMs + requestedMs, waitedMs);
  for (let count = 0; count < 3; count += 1) frame(FRAME_MS);
  /** Delay frames, each after one in time. @param {number} count */
  const delay = (count) => {
    for (let index = 0; index < count; index += 1) for (const gapMs of [FRAME_MS, 2 * FRAME_MS]) frame(gapMs);
    while (!frame(FRAME_MS));
  };
  return { budget, frame, delay };
}
