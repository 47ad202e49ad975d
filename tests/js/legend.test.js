// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Hidden } from "#stickyboard/page/legend.js";

const NAMES = ["a", "b", "c"];

/** @param {Hidden} hidden @param {string[]} [names] */
function shown(hidden, names = NAMES) {
  return names.filter((name) => !hidden.has(name)).join("");
}

test("all is shown at first; a name is hidden and shown again", () => {
  const hidden = new Hidden();
  assert.equal(shown(hidden), "abc");
  hidden.toggle("b", NAMES);
  assert.equal(shown(hidden), "ac");
  hidden.toggle("b", NAMES);
  assert.equal(shown(hidden), "abc");
});

test("one is shown alone, also beside what comes later, and all again", () => {
  const hidden = new Hidden();
  hidden.toggle("a", NAMES);
  hidden.isolate("b");
  assert.equal(shown(hidden, [...NAMES, "later"]), "b");
  hidden.isolate("c");
  assert.equal(shown(hidden), "c");
  hidden.isolate("c");
  assert.equal(shown(hidden, [...NAMES, "later"]), "abclater");
});

test("from one alone, others are added and it is taken away", () => {
  const hidden = new Hidden();
  hidden.isolate("b");
  hidden.toggle("c", NAMES);
  assert.equal(shown(hidden), "bc");
  hidden.toggle("b", NAMES);
  assert.equal(shown(hidden), "c");
});
