// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { RangeZoom } from "#stickyboard/page/range_zoom.js";

const whole = /** @type {const} */ ({ low: 0, high: 100, kind: "linear" });

/** @param {(zoom: RangeZoom) => void} act @returns {number[]} */
function ends(act) {
  const zoom = new RangeZoom();
  zoom.axis(whole);
  act(zoom);
  const { low, high } = zoom.axis(whole);
  return [low, high];
}

test("shows a selection, and a selection in it", () => {
  assert.deepEqual(ends((zoom) => zoom.select(0.5, 0.75)), [50, 75]);
  assert.deepEqual(ends((zoom) => (zoom.select(0.5, 1), zoom.select(0, 0.5))), [50, 75]);
});

test("scales, moves no further than the ends, and resets", () => {
  assert.deepEqual(ends((zoom) => zoom.scale(2)), [25, 75]);
  assert.deepEqual(ends((zoom) => (zoom.scale(2), zoom.move(-0.25))), [37.5, 87.5]);
  assert.deepEqual(ends((zoom) => (zoom.scale(2), zoom.move(9))), [0, 50]);
  assert.deepEqual(ends((zoom) => (zoom.scale(2), zoom.scale(0.5))), [0, 100]);
  assert.deepEqual(ends((zoom) => (zoom.scale(2), zoom.reset())), [0, 100]);
});

test("remains in place while data arrive, until they are gone", () => {
  const zoom = new RangeZoom();
  zoom.axis(whole);
  zoom.select(0.5, 0.75);
  assert.deepEqual(zoom.axis({ ...whole, high: 200 }), { low: 50, high: 75, kind: "linear" });
  assert.deepEqual(zoom.axis({ ...whole, low: 80, high: 90 }), { low: 80, high: 90, kind: "linear" });
  assert.equal(zoom.factor, 1);
});

test("ignores a range that no number can divide", () => {
  const zoom = new RangeZoom();
  const narrow = /** @type {const} */ ({ low: 1e16, high: 1e16 + 2, kind: "linear" });
  zoom.axis(narrow);
  for (let step = 0; step < 200; step += 1) zoom.scale(2, { x: 0.3 });
  const { low, high } = zoom.axis(narrow);
  assert.ok(low < high);
});
