// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { FrameInterval, usualOf } from "#stickyboard/frame_interval.js";

test("has a usual interval despite late and early frames", () => {
  assert.equal(usualOf([33, 16, 16, 3, 50, 33, 16, 100]), 16);
});

test("follows a display that changes to another rate", () => {
  const frames = displayed();
  const late = [60, 30, 60, 144, 24].map((hz) => frames(hz, 100));
  assert.deepEqual(late.map(({ first }) => first > 0), [false, true, false, false, true]);
  assert.deepEqual(late.map(({ last }) => last), [0, 0, 0, 0, 0]);
});

test("finds a frame late that misses an interval", () => {
  for (const hz of [60, 40, 30]) {
    const interval = new FrameInterval();
    let nowMs = 0;
    const begin = (/** @type {number} */ gapMs) => interval.isLate((nowMs += gapMs), nowMs - gapMs + 1);
    for (let frame = 0; frame < 100; frame += 1) begin(1000 / hz);
    assert.deepEqual([begin(1000 / hz), begin(2000 / hz)], [false, true], `${hz} Hz`);
  }
});

test("learns nothing from frames that nobody requested", () => {
  const interval = new FrameInterval();
  for (let second = 1; second < 100; second += 1) interval.isLate(1000 * second, 1000 * second - 10);
  assert.equal(interval.isLate(100_000, 99_970), true);
});

/** Returns a function that displays frames at a rate, each requested 1 ms after the one before. */
function displayed() {
  const interval = new FrameInterval();
  let nowMs = 0;
  return (/** @type {number} */ hz, /** @type {number} */ count) => {
    const late = Array.from({ length: count }, () => interval.isLate((nowMs += 1000 / hz), nowMs - 1000 / hz + 1));
    const [first, last] = [late.slice(0, count / 2), late.slice(count / 2)].map((half) => half.filter(Boolean).length);
    return { first, last };
  };
}
