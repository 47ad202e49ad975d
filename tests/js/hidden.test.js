// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { hiddenText, limitText, namesText, partOf } from "#stickyboard/page/hidden.js";

test("counts what is hidden, and is empty if nothing is", () => {
  assert.equal(hiddenText([partOf(64, 1300, "model"), partOf(5, 5, "host"), partOf(1, 2, "class", "classes")], "Scroll."), "Showing 64 of 1,300 models, 1 of 2 classes. Scroll.");
  assert.equal(hiddenText([partOf(5, 5, "host")], "Scroll."), "");
});

test("lists the first of many names and counts the rest", () => {
  assert.equal(namesText(["a", "b"]), "a, b");
  assert.equal(namesText(Array.from({ length: 15 }, (_, index) => `n${index}`)), "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 and 3 more");
});

test("reports a reached limit, but not of a snapshot", () => {
  const view = { count: (/** @type {string} */ name) => (name === "m" ? 3 : 1), laneCount: () => 2 };
  const type = (/** @type {string} */ name, /** @type {number} */ maxKeys) => ({ name, title: name, maxKeys });
  assert.match(limitText(view, [type("m", 3)]), /limit of 3 entries \(max_keys\)/);
  assert.equal(limitText(view, [type("m", 4), type("one", 1), { name: "m", title: "m" }]), "");
  assert.match(limitText(view, [{ ...type("m", 0), maxLanes: 2 }]), /limit of 2 lanes \(max_lanes\)/);
});
