// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { VISIBLE_MS, Toast } from "#stickyboard/page/toast.js";

import { FakeTimers } from "./fakes.js";

function setUp() {
  globalThis.document = /** @type {any} */ ({ createElement: () => ({ textContent: "" }) });
  const popover = {
    isOpen: false, text: /** @type {any} */ (null), click: () => {},
    append(/** @type {any} */ text) { this.text = text; },
    addEventListener(/** @type {string} */ _, /** @type {() => void} */ run) { this.click = run; },
    matches() { return this.isOpen; },
    showPopover() { this.isOpen = true; },
    hidePopover() { this.isOpen = false; },
  };
  const [timers, announced] = [new FakeTimers(), /** @type {string[]} */ ([])];
  const toast = new Toast(/** @type {any} */ (popover), timers, (sentence) => announced.push(sentence));
  return { popover, timers, announced, toast };
}

test("shows a notice for a while and announces it", () => {
  const { popover, timers, announced, toast } = setUp();
  toast.show("Saved");
  assert.deepEqual([popover.isOpen, popover.text.textContent, announced], [true, "Saved", ["Saved"]]);
  timers.pass(VISIBLE_MS - 1);
  assert.ok(popover.isOpen);
  timers.pass(1);
  assert.ok(!popover.isOpen);
});

test("shows a second notice for its full time", () => {
  const { popover, timers, toast } = setUp();
  toast.show("Saved");
  timers.pass(VISIBLE_MS - 1);
  toast.show("Copied");
  timers.pass(VISIBLE_MS - 1);
  assert.deepEqual([popover.isOpen, popover.text.textContent], [true, "Copied"]);
});

test("dismisses only a notice that stays", () => {
  const { popover, timers, toast } = setUp();
  toast.show("no such scene", { stays: true });
  timers.pass(10 * VISIBLE_MS);
  assert.ok(popover.isOpen);
  assert.equal(toast.dismiss(), true);
  assert.deepEqual([popover.isOpen, toast.dismiss()], [false, false]);
  toast.show("Saved");
  assert.deepEqual([toast.dismiss(), popover.isOpen], [false, true]);
  popover.click();
  assert.ok(!popover.isOpen);
});
