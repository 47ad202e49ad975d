// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Plot } from "#stickyboard/page/plot.js";
import { markedOf } from "#stickyboard/page/plot_marks.js";

test("follows the crosshair only when it has moved", () => {
  const moves = { count: 0 };
  const plot = new Plot(/** @type {any} */ ({}), /** @type {any} */ ({}), /** @type {any} */ ({ onCursor: () => (moves.count += 1) }));
  const counts = [[-10, -10], [3, 4], [3, 4], [3, 5], [-10, -10], [-10, -10]].map(([left, top]) => {
    plot.followCursor({ cursor: { left, top } });
    return moves.count;
  });
  assert.deepEqual(counts, [0, 1, 1, 2, 3, 3]);
});

test("draws many points as pixels, but not those of steps", () => {
  const plot = new Plot(/** @type {any} */ ({}), /** @type {any} */ ({}), /** @type {any} */ ({}));
  const isDense = (/** @type {number} */ points, isStepped = false) => {
    Object.assign(plot, { columns: { shares: Array(points) }, traces: Array(50), drawing: { isStepped } });
    return plot.isDense;
  };
  assert.deepEqual([isDense(60), isDense(61), isDense(61, true)], [false, true, false]);
});

test("spreads one mark each over many curves", () => {
  const [few, many] = [3, 50].map((curves) => Array.from({ length: curves }, (_, index) => [...markedOf(Array(600).fill(1), index + 1, curves)]));
  assert.deepEqual(few[2], [0, 100, 200, 300, 400, 500]);
  assert.ok(many.every((marks) => marks.length <= 1) && new Set(many.flat()).size > 45);
});
