// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { passed } from "#stickyboard/page/thresholds.js";

/** @param {number} at @param {string} word @param {"above" | "below"} [side] @returns {import("#stickyboard/page/thresholds.js").Threshold} */
const threshold = (at, word, side = "above") => ({ at, word, level: "alert", side });
const BOTH_SIDES = [threshold(90, "hot"), threshold(0, "frozen", "below"), threshold(70, "warm"), threshold(10, "cold", "below")];

test("names the threshold that is passed last, on either side", () => {
  const words = [-1, 0, 5, 10, 40, 70, 89, 90, 1e300].map((value) => passed(value, BOTH_SIDES)?.word ?? null);
  assert.deepEqual(words, ["frozen", "frozen", "cold", "cold", null, "warm", "warm", "hot", "hot"]);
});

test("prefers an alert to a warning at the same value", () => {
  const warning = /** @type {const} */ ({ ...threshold(90, "warm"), level: "warn" });
  assert.equal(passed(95, [warning, threshold(90, "hot")])?.word, "hot");
});

test("passes nothing without a number or thresholds", () => {
  for (const value of [undefined, null, "95", NaN, true]) assert.equal(passed(value, BOTH_SIDES), null);
  assert.equal(passed(95), null);
});
