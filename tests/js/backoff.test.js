// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { BASE_MS, CAP_MS, backoffMs } from "#stickyboard/backoff.js";

const almostOne = () => 1 - Number.EPSILON;

test("the limit doubles with each try", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => backoffMs(attempt, almostOne)), [500, 1000, 2000, 4000]);
});

test("the limit never exceeds the cap, even after thousands of tries", () => {
  assert.deepEqual([5, 10, 5000].map((attempt) => backoffMs(attempt, almostOne)), [CAP_MS, CAP_MS, CAP_MS]);
});

test("the jitter is full: it reaches from nothing to the limit", () => {
  assert.equal(backoffMs(3, () => 0), 0);
  assert.equal(backoffMs(1, () => 0.25), BASE_MS / 2);
});
