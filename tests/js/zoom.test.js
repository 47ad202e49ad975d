// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Zoom, acts } from "#stickyboard/page/zoom.js";

/** @param {Zoom} zoom */
function stateOf({ factor, x, y }) {
  // Negative zero is the middle too.
  return { factor, x: x + 0, y: y + 0 };
}

test("keeps the point under the pointer in place", () => {
  const zoom = new Zoom();
  zoom.scale(2, { x: 0.25, y: -0.25 });
  assert.deepEqual(stateOf(zoom), { factor: 2, x: -0.25, y: 0.25 });
  zoom.scale(2, { x: 0.25, y: -0.25 });
  assert.deepEqual(stateOf(zoom), { factor: 4, x: -0.75, y: 0.75 });
});

test("zooms from 1 to 64 times", () => {
  const zoom = new Zoom();
  zoom.scale(0.5);
  assert.equal(zoom.factor, 1);
  zoom.scale(1000);
  assert.equal(zoom.factor, 64);
});

test("stops at the edge and centres when reset", () => {
  const zoom = new Zoom();
  zoom.move(1, 1);
  assert.deepEqual(stateOf(zoom), { factor: 1, x: 0, y: 0 });
  zoom.scale(3);
  zoom.move(9, -9);
  assert.deepEqual(stateOf(zoom), { factor: 3, x: 1, y: -1 });
  zoom.scale(1 / 3);
  assert.deepEqual(stateOf(zoom), { factor: 1, x: 0, y: 0 });
});

test("zooms, pans and resets with keys only", () => {
  const zoom = new Zoom();
  for (const key of ["+", "ArrowLeft", "ArrowUp"]) acts(key, zoom);
  assert.deepEqual(stateOf(zoom), { factor: 1.5, x: 0.1, y: 0.1 });
  acts("0", zoom);
  assert.equal(zoom.factor, 1);
  assert.deepEqual(["a", "constructor", "Tab"].map((key) => acts(key, zoom)), [false, false, false]);
});
