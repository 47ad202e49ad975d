// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { cachedModel } from "#stickyboard/page/model_cache.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {number} tookMs of a computation */
function countingModel(tookMs) {
  const clock = { nowMs: 0, computed: 0 };
  const model = cachedModel((entries) => {
    clock.nowMs += tookMs;
    clock.computed += 1;
    return { count: entries.length };
  }, () => clock.nowMs);
  return { clock, model };
}

test("computes again only what has changed", () => {
  const { clock, model } = countingModel(1);
  const all = viewOf({ a: [1, 2] }).entries("a");
  const [one, two] = [{ entries: () => all.slice(0, 1) }, { entries: () => all }];
  assert.deepEqual([model(one, contextOf("a")).count, model(one, contextOf("a")).count, clock.computed], [1, 1, 1]);
  assert.deepEqual([model(two, contextOf("a")).count, clock.computed], [2, 2]);
});

test("pauses after a slow computation, and says for how long", () => {
  const { clock, model } = countingModel(100);
  const [one, two] = [viewOf({ a: [1] }), viewOf({ a: [1, 2] })];
  model(one, contextOf("a"));
  assert.deepEqual(model(two, contextOf("a")), { count: 1, laterMs: 1200 });
  clock.nowMs += 1200;
  assert.deepEqual(model(two, contextOf("a")), { count: 2 });
});

test("computes a user's choice at once", () => {
  const { model } = countingModel(100);
  model(viewOf({ a: [1] }), { ...contextOf("a"), options: { scale: "linear" } });
  assert.equal(model(viewOf({ a: [1, 2] }), { ...contextOf("a"), options: { scale: "log" } }).count, 2);
});

test("computes a model again until it has all entries", () => {
  let [parts, nowMs] = [0, 0];
  const model = cachedModel(() => ((nowMs += 100), (parts += 1) < 3 ? { parts, laterMs: 1 } : { parts }), () => nowMs);
  const all = viewOf({ a: [1] }).entries("a");
  const view = { entries: () => all };
  for (const expected of [{ parts: 1, laterMs: 1 }, { parts: 2, laterMs: 1 }, { parts: 3 }, { parts: 3 }]) assert.deepEqual(model(view, contextOf("a")), expected);
});
