// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { droppedText, hiddenText, namesText, partOf } from "#stickyboard/page/not_shown.js";

test("counts what is hidden, and is empty if nothing is", () => {
  assert.equal(hiddenText([partOf(64, 1300, "model"), partOf(5, 5, "host"), partOf(1, 2, "class", "classes")], "Scroll."), "Showing 64 of 1,300 models, 1 of 2 classes. Scroll.");
  assert.equal(hiddenText([partOf(5, 5, "host")], "Scroll."), "");
});

test("lists the first of many names and counts the rest", () => {
  assert.equal(namesText(["a", "b"]), "a, b");
  assert.equal(namesText(Array.from({ length: 15 }, (_, index) => `n${index}`)), "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 and 3 more");
});

test("counts what the store has dropped, and is empty if nothing was", () => {
  const view = { count: () => 3, laneCount: () => 2, dropped: (/** @type {string} */ name) => (name === "m" ? 1360 : 0) };
  const [m, one] = ["m", "one"].map((name) => ({ name, title: `Type ${name}` }));
  assert.equal(droppedText(view, [m]), "3 entries stored, 1,360 dropped by max_keys; raise it for more.");
  assert.match(droppedText(view, [{ ...m, maxLanes: 2 }]), /^2 lanes stored, 1,360 dropped by max_lanes/);
  assert.match(droppedText(view, [one, m]), /^.?Type m.?: 3 entries/);
  assert.equal(droppedText(view, [one]), "");
});
