// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Digits, DIGITS_MS, actionOf, digitOf, isSingleKey } from "#stickyboard/page/keyboard_shortcuts.js";

const NUMBERS = [7, 8, 9, 11, 12, 13];

/** An element that has these selectors among itself and its parents. @param {string[]} found */
function inside(...found) {
  return { closest: (/** @type {string} */ selectors) => found.some((each) => selectors.split(", ").includes(each)) || null };
}

test("maps keys to actions, in either case", () => {
  const keys = [" ", "p", "P", "f", "t", "?", "0", "Escape", "ArrowRight", "ArrowLeft", "x", "Enter"];
  assert.deepEqual(keys.map((key) => actionOf({ key })), [
    "pause", "present", "present", "fullscreen", "theme", "help", "all", "leave", "next", "previous", null, null,
  ]);
});

test("ignores keys in inputs, dialogs and with modifiers", () => {
  assert.equal(actionOf({ key: "p", target: inside("input:not([type='radio'])") }), null);
  assert.equal(digitOf({ key: "9", target: inside("[contenteditable]") }), null);
  assert.equal(actionOf({ key: "Escape", target: inside("dialog") }), null);
  for (const held of ["ctrlKey", "altKey", "metaKey"]) assert.equal(actionOf({ key: "f", [held]: true }), null, held);
  assert.equal(actionOf({ key: "ArrowRight", defaultPrevented: true }), null);
});

test("lets only single-key shortcuts be switched off", () => {
  assert.deepEqual(["p", "P", "9", "?", " ", "Escape", "ArrowLeft"].map((key) => isSingleKey({ key })), [
    true, true, true, true, false, false, false,
  ]);
});

test("leaves Space to a focused button", () => {
  assert.equal(actionOf({ key: " ", target: inside("button") }), null);
  assert.equal(actionOf({ key: "p", target: inside("button") }), "present");
});

test("leaves arrows and Space to a menu", () => {
  const target = inside("[popover]", "input");
  assert.deepEqual(["ArrowLeft", "ArrowRight", " ", "Escape"].map((key) => actionOf({ key, target })), [null, null, null, "leave"]);
  assert.equal(digitOf({ key: "9", target }), "9");
});

test("selects a scene by an unambiguous digit", () => {
  assert.equal(new Digits().press("9", NUMBERS, 0), 9);
  assert.equal(new Digits().press("5", NUMBERS, 0), null);
});

test("combines two digits only if they are typed quickly", () => {
  const digits = new Digits();
  assert.equal(digits.press("1", NUMBERS, 0), "more");
  assert.equal(digits.press("3", NUMBERS, DIGITS_MS), 13);
  assert.equal(digits.press("1", NUMBERS, 10_000), "more");
  assert.equal(digits.press("2", NUMBERS, 10_001 + DIGITS_MS), null);
});

test("begins anew with a digit that continues nothing", () => {
  const digits = new Digits();
  digits.press("1", NUMBERS, 0);
  assert.equal(digits.press("9", NUMBERS, 100), 9);
  assert.equal(digits.press("8", NUMBERS, 200), 8);
});
