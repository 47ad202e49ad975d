// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { clockText, dateTimeText, timeTicks } from "#stickyboard/page/times.js";

const NOON_S = new Date(2026, 0, 31, 12).getTime() / 1000; // in the zone of this machine

test("ticks at round clock times", () => {
  const texts = (/** @type {number} */ lengthS, /** @type {number} */ most) => timeTicks(NOON_S + 1, NOON_S + 1 + lengthS, most).map(({ text }) => text);
  assert.deepEqual(texts(3600, 4), ["12:15", "12:30", "12:45", "13:00"]);
  assert.deepEqual(texts(60, 4), ["12:00:15", "12:00:30", "12:00:45", "12:01:00"]);
  assert.deepEqual(texts(24 * 3600, 4), ["18:00", "1 Feb", "06:00", "12:00"]);
});

test("bounds the ticks of any time", () => {
  for (const [low, high] of [[0, 1e-9], [NOON_S, NOON_S + 1e9], [-1e308, 1e308], [1e12, 1e12 + 5], [-8e12, 8e12]]) {
    assert.ok(timeTicks(low, high, 7).length <= 8);
  }
});

test("writes a date and a time", () => {
  assert.deepEqual([NOON_S + 5, 1e300].map(dateTimeText), ["31 Jan 2026 12:00:05", "–"]);
});

test("adds the date to a time of another day", () => {
  assert.equal(clockText(NOON_S + 5), "12:00:05");
  assert.equal(clockText(NOON_S, NOON_S + 86_400), "31 Jan 12:00:00");
  assert.equal(clockText(1e300), "–");
});
