// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { ChartBudget, ChartTurns } from "#stickyboard/page/chart_budget.js";

test("lets charts wait once the script has taken its time", () => {
  const budget = new ChartBudget(100);
  assert.deepEqual([budget.isUsed(103), budget.isUsed(104)], [false, true]);
});

test("lets charts wait for lines that take long to rasterise", () => {
  const budget = new ChartBudget(0);
  const after = [0, 6000, 0, 6000].map((points) => {
    budget.drew(points);
    return budget.isUsed(0);
  });
  assert.deepEqual(after, [false, false, false, true]);
});

test("lets charts that are new wait for lines of others, however long these took", () => {
  const budget = new ChartBudget(0);
  const after = [99, 1].map((lines) => {
    budget.created(lines);
    return budget.isUsedByNew;
  });
  assert.deepEqual([after, budget.isUsed(1e6)], [[false, true], true]);
});

test("draws the charts that wait first", () => {
  const turns = new ChartTurns();
  turns.end(2);
  assert.deepEqual([turns.order(4, 1), turns.isChosen], [[2, 3, 0, 1], false]);
  turns.end(null);
  assert.deepEqual(turns.order(4, 1), [0, 1, 2, 3]);
});

test("draws a choice from the chart under the pointer on", () => {
  const turns = new ChartTurns();
  turns.choose();
  assert.deepEqual([turns.order(4, 2), turns.order(4, -1)], [[2, 3, 0, 1], [0, 1, 2, 3]]);
  turns.choose(); // the request of the next frame
  turns.end(1);
  assert.deepEqual([turns.order(4, 2), turns.isChosen], [[1, 2, 3, 0], true]);
  turns.end(null);
  assert.equal(turns.isChosen, false);
});
