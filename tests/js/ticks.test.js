// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { axisTicks, shareOf, tickTexts, ticksBetween, valueAt } from "#stickyboard/page/ticks.js";

import { doubles, randomFrom } from "./fakes.js";

test("picks round numbers within the range", () => {
  assert.deepEqual(ticksBetween(0, 1, 5), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  assert.deepEqual(ticksBetween(-3, 7.5, 4), [0, 5]);
  assert.deepEqual(ticksBetween(1e16, 1e16 + 2, 10), [1e16, 1e16 + 2]);
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
    }
    for (const lengthEm of [0, 3, 40, 1e5]) {
      for (const { share } of axisTicks(left, right, lengthEm)) assert.ok(share >= 0 && share <= 1, `${left} to ${right}`);
    }
    assert.deepEqual([shareOf(left, left, right), shareOf(right, left, right)], [0, 1], `${left} to ${right}`);
    assert.ok(Number.isFinite(valueAt(0.5, left, right)));
  }
});

test("labels ticks with distinguishing digits", () => {
  assert.deepEqual(tickTexts([0, 0.2, 0.4]), ["0", "0.2", "0.4"]);
  assert.deepEqual(tickTexts([1000.2, 1000.4]), ["1,000.2", "1,000.4"]);
  assert.deepEqual(tickTexts([1e16, 1e16 + 2]), ["1×10¹⁶", "1.0000000000000002×10¹⁶"]);
});

test("omits labels without room", () => {
  assert.deepEqual(axisTicks(0, 1, 30).map(({ text }) => text), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
  assert.deepEqual(axisTicks(0, 1, 12).map(({ text }) => text), ["0", "0.5", "1"]);
  assert.deepEqual(axisTicks(1e16, 1e16 + 2, 30), []);
});
