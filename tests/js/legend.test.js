// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Hidden } from "#stickyboard/page/legend.js";

const NAMES = ["a", "b", "c"];

/** @param {Hidden} hidden @param {string[]} [names] */
function shown(hidden, names = NAMES) {
  return names.filter((name) => !hidden.has(name)).join("");
}

test("hides a name and shows it again", () => {
  const hidden = new Hidden();
  assert.equal(shown(hidden), "abc");
  hidden.toggle("b", NAMES);
  assert.equal(shown(hidden), "ac");
  hidden.toggle("b", NAMES);
  assert.equal(shown(hidden), "abc");
});

test("shows one name alone, then all", () => {
  const hidden = new Hidden();
  hidden.toggle("a", NAMES);
  hidden.isolate("b");
  assert.equal(shown(hidden, [...NAMES, "later"]), "b");
  hidden.isolate("c");
  assert.equal(shown(hidden), "c");
  hidden.isolate("c");
  assert.equal(shown(hidden, [...NAMES, "later"]), "abclater");
});

test("adds other names to one that is alone", () => {
  const hidden = new Hidden();
  hidden.isolate("b");
  hidden.toggle("c", NAMES);
  assert.equal(shown(hidden), "bc");
  hidden.toggle("b", NAMES);
  assert.equal(shown(hidden), "c");
});
