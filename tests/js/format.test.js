// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { ageText, byName, bytesText, countText, hostLabels, numberText, percentText, plural, preciseText } from "#stickyboard/page/format.js";

test("picks a unit that keeps bytes under a thousand", () => {
  const sizes = [0, 999, 1000, 1536, 999_499, 999_500, 9_876_543_210, 9e18];
  assert.deepEqual(sizes.map(bytesText), ["0 B", "999 B", "1 kB", "1.54 kB", "999 kB", "1 MB", "9.88 GB", "9,000 PB"]);
});

test("rounds to three significant digits", () => {
  assert.deepEqual([0, 0.012345, 1.5, 123.4, 98765.4].map(numberText), ["0", "0.0123", "1.5", "123", "98,765"]);
});

test("writes extreme numbers as powers of ten", () => {
  assert.deepEqual([1e12, 1.2345e300, 1e-9, -2.5e9].map(numberText), ["1×10¹²", "1.23×10³⁰⁰", "1×10⁻⁹", "-2.5×10⁹"]);
  assert.deepEqual([999_999_999, 1e12].map(countText), ["999,999,999", "1×10¹²"]);
});

test("writes negative zero as zero", () => {
  assert.deepEqual([countText(-0), numberText(-0), preciseText(-0), bytesText(-0)], ["0", "0", "0", "0 B"]);
});

test("writes exact values with six digits", () => {
  assert.deepEqual([0.123456789, 1 / 3e6, 1234567.891, 9_007_199_254_740_991, 123_456_789_012].map(preciseText), [
    "0.123457", "3.33333×10⁻⁷", "1,234,570", "9.0072×10¹⁵", "123,456,789,012",
  ]);
});

test("groups counts and shows shares as percent", () => {
  assert.deepEqual([countText(1234567), percentText(0.256)], ["1,234,567", "26 %"]);
});

test("writes ages from seconds to days", () => {
  assert.deepEqual([-3, 4, 5, 59, 60, 3600, 86_400].map(ageText), [
    "just now", "just now", "5 s ago", "59 s ago", "1 min ago", "1 h ago", "1 d ago",
  ]);
});

test("sorts names naturally", () => {
  assert.deepEqual(["host-10", "host-2", "host-1"].sort(byName), ["host-1", "host-2", "host-10"]);
});

test("uses the singular for one", () => {
  assert.deepEqual([plural(1, "host"), plural(0, "host"), plural(1200, "host")], ["1 host", "0 hosts", "1,200 hosts"]);
});

test("drops only a domain that all hosts share", () => {
  assert.deepEqual(["a.lab.org", "b.lab.org"].map(hostLabels(["a.lab.org", "b.lab.org"])), ["a", "b"]);
  for (const hosts of [["a.lab.org", "b.net"], ["a.lab.org"], ["a.lab.org", "b"], ["10.0.0.1", "11.0.0.1"], ["a", "b"]]) {
    assert.deepEqual(hosts.map(hostLabels(hosts)), hosts);
  }
});
