// @ts-check
/** What paints ask of an element is read once a frame. */
import assert from "node:assert/strict";
import test from "node:test";

import { lookOf, propertyOf, readLooks } from "#stickyboard/page/computed_style.js";

/** @param {number} width */
function fakeElement(width) {
  const element = { clientWidth: width, clientHeight: 10, reads: 0, colour: "red" };
  return { element, asked: /** @type {Element} */ (/** @type {unknown} */ (element)) };
}

Object.assign(globalThis, {
  getComputedStyle: (/** @type {any} */ element) => {
    element.reads += 1;
    return { fontSize: "13px", fontFamily: "serif", getPropertyValue: () => ` ${element.colour}` };
  },
});

test("a paint does not ask the browser for what was read before it", () => {
  const { element, asked } = fakeElement(100);
  assert.equal(lookOf(asked).width, 100);
  element.clientWidth = 200;
  assert.deepEqual([lookOf(asked).width, lookOf(asked).emPx, element.reads], [100, 13, 1]);
});

test("the next frame has new sizes and new colours", () => {
  const { element, asked } = fakeElement(100);
  assert.equal(propertyOf(asked, "--text"), "red");
  Object.assign(element, { clientWidth: 200, colour: "blue" });
  readLooks();
  assert.deepEqual([lookOf(asked).width, propertyOf(asked, "--text")], [200, "blue"]);
});

test("an element that was not laid out is read when it is asked for", () => {
  const { element, asked } = fakeElement(0);
  assert.equal(lookOf(asked).width, 0);
  element.clientWidth = 300;
  assert.equal(lookOf(asked).width, 300);
});
