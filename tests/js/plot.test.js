// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Plot } from "#stickyboard/page/plot.js";
import { markedOf } from "#stickyboard/page/plot_marks.js";
import { strokePx } from "#stickyboard/page/plot_options.js";

test("follows the crosshair only when it has moved", () => {
  const moves = { count: 0 };
  const plot = new Plot(/** @type {any} */ ({}), /** @type {any} */ ({}), /** @type {any} */ ({ onCursor: () => (moves.count += 1) }));
  const counts = [[-10, -10], [3, 4], [3, 4], [3, 5], [-10, -10], [-10, -10]].map(([left, top]) => {
    plot.followCursor({ cursor: { left, top } });
    return moves.count;
  });
  assert.deepEqual(counts, [0, 1, 1, 2, 3, 3]);
});

test("draws many points one pixel wide", () => {
  const widths = [false, true].map((isThin) => ["line", "raw", "low"].map((role) => strokePx(/** @type {any} */ (role), isThin, false, 12)));
  assert.deepEqual(widths, [[2, 1, 0], [1, 1, 0]]);
});

test("spreads one mark each over many curves", () => {
  const [few, many] = [3, 50].map((curves) => Array.from({ length: curves }, (_, index) => [...markedOf(Array(600).fill(1), index + 1, curves)]));
  assert.deepEqual(few[2], [0, 100, 200, 300, 400, 500]);
  assert.ok(many.every((marks) => marks.length <= 1) && new Set(many.flat()).size > 45);
});
