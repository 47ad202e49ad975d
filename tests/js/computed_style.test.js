// @ts-check
/** What paints ask of an element is read once a frame. */
import assert from "node:assert/strict";
import test from "node:test";

import { computedStyleOf, propertyOf, readComputedStyles } from "#stickyboard/page/computed_style.js";

/** @param {number} width @param {string} [scene] */
function fakeElement(width, scene) {
  const closest = () => scene && { dataset: { scene } };
  const element = { clientWidth: width, clientHeight: 10, reads: 0, colour: "red", closest };
  return { element, asked: /** @type {Element} */ (/** @type {unknown} */ (element)) };
}

Object.assign(globalThis, {
  getComputedStyle: (/** @type {any} */ element) => {
    element.reads += 1;
    return { fontSize: "13px", fontFamily: "serif", getPropertyValue: () => ` ${element.colour}` };
  },
});

test("does not measure again during a paint", () => {
  const { element, asked } = fakeElement(100);
  assert.equal(computedStyleOf(asked).width, 100);
  element.clientWidth = 200;
  assert.deepEqual([computedStyleOf(asked).width, computedStyleOf(asked).emPx, element.reads], [100, 13, 1]);
});

test("measures again before the next frame", () => {
  const { element, asked } = fakeElement(100);
  assert.equal(propertyOf(asked, "--text"), "red");
  Object.assign(element, { clientWidth: 200, colour: "blue" });
  readComputedStyles();
  assert.deepEqual([computedStyleOf(asked).width, propertyOf(asked, "--text")], [200, "blue"]);
});

test("measures only elements of the scenes that a frame paints", () => {
  const [bars, text] = [fakeElement(100, "bars"), fakeElement(100, "text")];
  for (const { asked } of [bars, text]) computedStyleOf(asked);
  readComputedStyles(new Set(["text"]));
  assert.deepEqual([bars.element.reads, text.element.reads], [1, 2]);
});

test("measures an element that had no layout before", () => {
  const { element, asked } = fakeElement(0);
  assert.equal(computedStyleOf(asked).width, 0);
  element.clientWidth = 300;
  assert.equal(computedStyleOf(asked).width, 300);
});
