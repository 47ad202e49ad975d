// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { axisOf, extentOf, shareOf, valueOf } from "#stickyboard/page/axis.js";

import { doubles, randomFrom } from "./fakes.js";

/** @param {number[]} values @param {"linear" | "log"} [kind] */
function endsOf(values, kind = "linear") {
  const { low, high } = axisOf(extentOf([values]), kind, true);
  return [low, high];
}

test("ends at round numbers", () => {
  assert.deepEqual(endsOf([0.13, 0.97]), [0, 1]);
  assert.deepEqual(endsOf([-3, 7.5]), [-5, 10]);
  assert.deepEqual(endsOf([1e16, 1e16 + 2]), [1e16, 1e16 + 2]);
  assert.deepEqual(endsOf([0.003, 1.7], "log"), [0.002, 2]);
});

test("has room around a single value", () => {
  assert.deepEqual(axisOf({ low: 4, high: 4 }, "linear"), { low: 2, high: 6, kind: "linear" });
  assert.deepEqual(axisOf({ low: 4, high: 4 }, "log"), { low: 2, high: 8, kind: "log" });
  assert.deepEqual(axisOf(null, "linear"), { low: 0, high: 1, kind: "linear" });
});

test("spaces decades equally", () => {
  const axis = axisOf({ low: 0.01, high: 100 }, "log");
  assert.deepEqual([0.01, 1, 100].map((value) => shareOf(value, axis)), [0, 0.5, 1]);
  assert.ok(shareOf(0, axis) < -1 && shareOf(-5, axis) < -1);
  assert.equal(valueOf(0.5, axis), 1);
});

test("places any number on any axis", () => {
  const numbers = doubles(randomFrom(3), 6000);
  for (let index = 0; index < numbers.length; index += 3) {
    const [low, value, high] = numbers.slice(index, index + 3).sort((a, b) => a - b);
    for (const kind of /** @type {const} */ (["linear", "log", "time"])) {
      for (const isNice of [false, true]) {
        const axis = axisOf({ low, high }, kind, isNice);
        const message = `${low} to ${high}, ${kind}: ${axis.low} to ${axis.high}`;
        assert.ok(Number.isFinite(axis.low) && Number.isFinite(axis.high) && axis.low < axis.high, message);
        if (kind === "log") assert.ok(axis.low > 0, message);
        else assert.ok(axis.low <= low && axis.high >= high, message);
        assert.deepEqual([shareOf(axis.low, axis), shareOf(axis.high, axis)], [0, 1], message);
        assert.ok(Math.abs(shareOf(value, axis)) <= 1000, message);
        assert.ok(Number.isFinite(valueOf(0.3, axis)), message);
      }
    }
  }
});
