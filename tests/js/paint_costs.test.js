// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { PaintCosts } from "#stickyboard/paint_costs.js";

test("averages the time of a scene's script", () => {
  const costs = new PaintCosts();
  assert.equal(costs.of("a"), 0);
  costs.painted("a", 8);
  costs.painted("a", 4);
  assert.equal(costs.of("a"), 6);
});

test("learns what the browser does for each scene", () => {
  const browserMs = { text: 0, table: 10, chart: 2 };
  const names = /** @type {(keyof typeof browserMs)[]} */ (Object.keys(browserMs));
  const costs = new PaintCosts();
  for (const name of names) costs.painted(name, 1);
  for (let frame = 0; frame < 300; frame += 1) {
    const painted = names.filter((_, index) => frame % (index + 2) === 0);
    costs.drawn(painted, 3 + painted.reduce((sum, name) => sum + browserMs[name], 0));
  }
  assert.deepEqual(names.map((name) => Math.round(costs.of(name))), [1, 11, 3]);
});

test("counts no cost for what every frame takes", () => {
  const costs = new PaintCosts();
  costs.painted("a", 1);
  for (let frame = 0; frame < 10; frame += 1) costs.drawn(["a"], 12);
  assert.equal(costs.of("a"), 1);
});

test("forgets a frame that took long for another reason", () => {
  const costs = new PaintCosts();
  costs.painted("a", 1);
  for (const tookMs of [2, 2, 42]) costs.drawn(["a"], tookMs);
  assert.equal(costs.of("a"), 11);
  for (let frame = 0; frame < 12; frame += 1) costs.drawn(["a"], 2);
  assert.ok(costs.of("a") < 1.5);
});
