// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { BASE_MS, CAP_MS, backoffMs } from "#stickyboard/backoff.js";

const almostOne = () => 1 - Number.EPSILON;

test("doubles the limit with each attempt", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => backoffMs(attempt, almostOne)), [500, 1000, 2000, 4000]);
});

test("caps the limit after any number of attempts", () => {
  assert.deepEqual([5, 10, 5000].map((attempt) => backoffMs(attempt, almostOne)), [CAP_MS, CAP_MS, CAP_MS]);
});

test("draws a delay from zero to the limit", () => {
  assert.equal(backoffMs(3, () => 0), 0);
  assert.equal(backoffMs(1, () => 0.25), BASE_MS / 2);
});
