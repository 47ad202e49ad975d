// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { ageText, byName, bytesText, countText, numberText, percentText, plural } from "#dashboard/format.js";

test("bytes have the unit that keeps them under a thousand", () => {
  const sizes = [0, 999, 1000, 1536, 999_499, 999_500, 9_876_543_210, 9e18];
  assert.deepEqual(sizes.map(bytesText), ["0 B", "999 B", "1 kB", "1.54 kB", "999 kB", "1 MB", "9.88 GB", "9,000 PB"]);
});

test("numbers keep three digits that matter, large ones all before the point", () => {
  assert.deepEqual([0, 0.012345, 1.5, 123.4, 98765.4].map(numberText), ["0", "0.0123", "1.5", "123", "98,765"]);
});

test("counts are grouped, shares are percents", () => {
  assert.deepEqual([countText(1234567), percentText(0.256)], ["1,234,567", "26 %"]);
});

test("ages go from seconds to days, and a clock that runs ahead says just now", () => {
  assert.deepEqual([-3, 4, 5, 59, 60, 3600, 86_400].map(ageText), [
    "just now", "just now", "5 s ago", "59 s ago", "1 min ago", "1 h ago", "1 d ago",
  ]);
});

test("names are ordered as people count", () => {
  assert.deepEqual(["host-10", "host-2", "host-1"].sort(byName), ["host-1", "host-2", "host-10"]);
});

test("one is not many", () => {
  assert.deepEqual([plural(1, "host"), plural(0, "host"), plural(1200, "host")], ["1 host", "0 hosts", "1,200 hosts"]);
});
