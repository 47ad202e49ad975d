// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { throttled } from "#stickyboard/throttle.js";

import { FakeTimers } from "./fakes.js";

function limited() {
  const timers = new FakeTimers();
  /** @type {number[]} */
  const runs = [];
  const request = throttled(() => runs.push(timers.nowMs), 250, { nowMs: () => timers.nowMs, later: (run, ms) => void timers.setTimeout(run, ms) });
  return { timers, runs, request };
}

test("runs at once, then four times a second", () => {
  const { timers, runs, request } = limited();
  for (let frame = 0; frame < 60; frame += 1) {
    request();
    timers.pass(16);
  }
  assert.deepEqual(runs, [0, 250, 500, 750]);
});

test("runs for the last request, and not after it", () => {
  const { timers, runs, request } = limited();
  for (const ms of [10, 10, 1000]) {
    request();
    timers.pass(ms);
  }
  assert.deepEqual(runs, [0, 250]);
  timers.pass(1000);
  assert.equal(runs.length, 2);
});
