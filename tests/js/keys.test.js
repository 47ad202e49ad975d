// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Digits, DIGITS_MS, SHORTCUTS, actionOf, digitOf, isSingleKey } from "#stickyboard/page/keys.js";

const NUMBERS = [7, 8, 9, 11, 12, 13];

/** An element that has these selectors among itself and its parents. @param {string[]} found */
function inside(...found) {
  return { closest: (/** @type {string} */ selectors) => found.some((each) => selectors.split(", ").includes(each)) || null };
}

test("keys have their actions, letters in either case", () => {
  const keys = [" ", "p", "P", "f", "t", "?", "0", "Escape", "ArrowRight", "ArrowLeft", "x", "Enter"];
  assert.deepEqual(keys.map((key) => actionOf({ key })), [
    "pause", "present", "present", "fullscreen", "theme", "help", "all", "leave", "next", "previous", null, null,
  ]);
});

test("the sheet of shortcuts names every action", () => {
  const named = new Set(SHORTCUTS.map(({ action }) => action));
  for (const action of ["pause", "scene", "next", "all", "leave", "present", "fullscreen", "theme", "help"]) {
    assert.ok(named.has(/** @type {any} */ (action)), action);
  }
});

test("keys are off while somebody types, in a dialog, and with Ctrl, Alt or Meta", () => {
  assert.equal(actionOf({ key: "p", target: inside("input:not([type='radio'])") }), null);
  assert.equal(digitOf({ key: "9", target: inside("[contenteditable]") }), null);
  assert.equal(actionOf({ key: "Escape", target: inside("dialog") }), null);
  for (const held of ["ctrlKey", "altKey", "metaKey"]) assert.equal(actionOf({ key: "f", [held]: true }), null, held);
  assert.equal(actionOf({ key: "ArrowRight", defaultPrevented: true }), null);
});

test("letters, digits and signs can be switched off; Space, arrows and Escape cannot", () => {
  assert.deepEqual(["p", "P", "9", "?", " ", "Escape", "ArrowLeft"].map((key) => isSingleKey({ key })), [
    true, true, true, true, false, false, false,
  ]);
});

test("Space presses the button that has the focus and pauses nothing", () => {
  assert.equal(actionOf({ key: " ", target: inside("button") }), null);
  assert.equal(actionOf({ key: "p", target: inside("button") }), "present");
});

test("in a menu arrows and Space belong to its items, and digits and Escape do not", () => {
  const target = inside("[popover]", "input");
  assert.deepEqual(["ArrowLeft", "ArrowRight", " ", "Escape"].map((key) => actionOf({ key, target })), [null, null, null, "leave"]);
  assert.equal(digitOf({ key: "9", target }), "9");
});

test("a digit is a scene where it is a whole number and none begins with it", () => {
  assert.equal(new Digits().press("9", NUMBERS, 0), 9);
  assert.equal(new Digits().press("5", NUMBERS, 0), null);
});

test("two digits in time are one number, and late ones two", () => {
  const digits = new Digits();
  assert.equal(digits.press("1", NUMBERS, 0), "more");
  assert.equal(digits.press("3", NUMBERS, DIGITS_MS), 13);
  assert.equal(digits.press("1", NUMBERS, 10_000), "more");
  assert.equal(digits.press("2", NUMBERS, 10_001 + DIGITS_MS), null);
});

test("a digit that continues nothing begins anew", () => {
  const digits = new Digits();
  digits.press("1", NUMBERS, 0);
  assert.equal(digits.press("9", NUMBERS, 100), 9);
  assert.equal(digits.press("8", NUMBERS, 200), 8);
});
