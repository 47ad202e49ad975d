// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { ChartBudget } from "#stickyboard/page/chart_budget.js";

test("lets charts wait once the script has taken its time", () => {
  const budget = new ChartBudget(100);
  assert.deepEqual([budget.isUsed(106), budget.isUsed(107)], [false, true]);
});

test("lets charts wait for lines that take long to rasterise", () => {
  const budget = new ChartBudget(0);
  const after = [0, 6000, 0, 6000].map((points) => {
    budget.drew(points);
    return budget.isUsed(0);
  });
  assert.deepEqual(after, [false, false, false, true]);
});
