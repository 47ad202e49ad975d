// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { axisTicks, logTicks, thinned, tickTexts, ticksBetween, verticalTicks } from "#stickyboard/page/ticks.js";

import { doubles, randomFrom } from "./fakes.js";

/** @param {number} low @param {number} high @param {"linear" | "log" | "time"} [kind] */
function axis(low, high, kind = "linear") {
  return { low, high, kind };
}

test("picks round numbers within the range", () => {
  assert.deepEqual(ticksBetween(0, 1, 5), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  assert.deepEqual(ticksBetween(-3, 7.5, 4), [0, 5]);
  assert.deepEqual(ticksBetween(1e16, 1e16 + 2, 10), [1e16, 1e16 + 2]);
});

test("picks powers of ten on a logarithmic scale", () => {
  assert.deepEqual(logTicks(0.002, 2, 4), [0.01, 0.1, 1]);
  assert.deepEqual(logTicks(0.5, 20, 6), [0.5, 1, 2, 5, 10, 20]);
  assert.deepEqual(logTicks(1e-12, 1, 4), [1e-12, 1e-9, 1e-6, 1e-3, 1]);
  assert.deepEqual(logTicks(110, 140, 4), [110, 120, 130, 140]);
});

test("bounds the ticks of any range", () => {
  const numbers = doubles(randomFrom(7), 4000);
  for (let index = 0; index < numbers.length; index += 2) {
    const [left, right] = numbers.slice(index, index + 2).sort((a, b) => a - b);
    if (left === right) continue;
    for (const most of [1, 3, 20]) {
      const ticks = ticksBetween(left, right, most);
      const message = `${left} to ${right}`;
      assert.ok(ticks.length <= most + 1, message);
      assert.ok(ticks.every((tick) => tick >= left && tick <= right), message);
      assert.equal(new Set(ticks).size, ticks.length, message);
      assert.equal(new Set(tickTexts(ticks)).size, ticks.length, message);
      if (left > 0) assert.ok(logTicks(left, right, most).length <= 3 * most + 3, message);
    }
    for (const kind of /** @type {const} */ (["linear", "log", "time"])) {
      if (kind === "log" && left <= 0) continue;
      for (const lengthEm of [0, 3, 40, 1e5]) {
        for (const { share } of [...axisTicks(axis(left, right, kind), lengthEm), ...verticalTicks(axis(left, right, kind), lengthEm)]) {
          assert.ok(share > -1e-9 && share < 1 + 1e-9, `${left} to ${right}: ${share}`);
        }
      }
    }
  }
});

test("labels ticks with distinguishing digits", () => {
  assert.deepEqual(tickTexts([0, 0.2, 0.4]), ["0", "0.2", "0.4"]);
  assert.deepEqual(tickTexts([1000.2, 1000.4]), ["1,000.2", "1,000.4"]);
  assert.deepEqual(tickTexts([1e16, 1e16 + 2]), ["1×10¹⁶", "1.0000000000000002×10¹⁶"]);
  assert.deepEqual(tickTexts([0.5, 1], ".0%"), ["50 %", "100 %"]);
  assert.deepEqual(tickTexts([0.501, 0.502], ".0%"), ["0.501", "0.502"]);
  assert.deepEqual(tickTexts([0, 0.5], ".3f"), ["0", "0.5"]);
});

test("omits labels without room", () => {
  assert.deepEqual(axisTicks(axis(0, 1), 30).map(({ text }) => text), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
  assert.deepEqual(axisTicks(axis(0, 1), 12).map(({ text }) => text), ["0", "0.5", "1"]);
  assert.deepEqual(axisTicks(axis(1e16, 1e16 + 2), 30), []);
});

test("labels every nth row, up to the last", () => {
  const rows = Array.from({ length: 9 }, (_, step) => 10 * step);
  assert.deepEqual(thinned(rows, 100), rows);
  assert.deepEqual(thinned(rows, 15), [0, 20, 40, 60, 80]);
  assert.deepEqual(thinned(rows, 8), [0, 40, 80]);
  assert.deepEqual(thinned(rows, 1), [0, 80]);
  assert.deepEqual(thinned([7], 1), [7]);
});
