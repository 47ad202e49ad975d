// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Plot } from "#stickyboard/page/plot.js";

test("follows the crosshair only when it has moved", () => {
  const moves = { count: 0 };
  const plot = new Plot(/** @type {any} */ ({}), /** @type {any} */ ({}), /** @type {any} */ ({ onCursor: () => (moves.count += 1) }));
  const counts = [[-10, -10], [3, 4], [3, 4], [3, 5], [-10, -10], [-10, -10]].map(([left, top]) => {
    plot.followCursor({ cursor: { left, top } });
    return moves.count;
  });
  assert.deepEqual(counts, [0, 1, 1, 2, 3, 3]);
});
