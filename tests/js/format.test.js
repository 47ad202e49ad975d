// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { byName, bytesText, countText, durationText, formatted, hostLabels, numberText, percentText, plural, preciseText } from "#stickyboard/page/format.js";

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

test("writes integers whole, and other exact values with six digits", () => {
  assert.deepEqual([0.123456789, 1 / 3e6, 1234567.891, 1e16 + 2, -1e16, 1e17].map(preciseText), [
    "0.123457", "3.33333×10⁻⁷", "1,234,570", "10,000,000,000,000,002", "-10,000,000,000,000,000", "1×10¹⁷",
  ]);
});

test("groups counts and shows shares as percent", () => {
  assert.deepEqual([1234567].map(countText), ["1,234,567"]);
  assert.deepEqual([0.256, 0, 1e-9, 0.005, 1e5].map(percentText), ["26 %", "0 %", "<1 %", "1 %", "10,000,000 %"]);
  assert.deepEqual([3.4e307, -3.4e305, 1 / 0, 0 / 0].map(percentText), ["3.4×10³⁰⁷ × 100 %", "-3.4×10³⁰⁷ %", "–", "–"]);
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

test("formats numbers as d3-format does", () => {
  /** @type {[number, string, string][]} */
  const cases = [
    [1234.5678, ".2f", "1234.57"], [-1234567, ",.1f", "-1,234,567.0"], [1234567.5, ",d", "1,234,568"], [1234567.125, ",", "1,234,567.125"],
    [0.1234, ".1%", "12.3 %"], [0.1234, "%", "12 %"], [42e6, ".2s", "42M"], [999_999, ".2s", "1M"], [0.0012, "s", "1.2m"], [1500, ".2e", "1.50×10³"],
    [1234.5, ".2", "1,200"], [0.01234, "", "0.0123"], [1536, "bytes", "1.54 kB"], [-1536, "bytes", "-1.54 kB"], [3725, "duration", "1 h 2 min"],
  ];
  for (const [value, format, text] of cases) assert.equal(formatted(value, format), text, `${value} as ${format}`);
});

test("formats extreme numbers and what is no number", () => {
  assert.deepEqual([1e16, 1e16 + 2].map((value) => formatted(value, "d")), ["10000000000000000", "10000000000000002"]);
  assert.deepEqual([formatted(1e300, ",.2f"), formatted(-0.0001, ".2f"), formatted(1e-300, ",")], ["1×10³⁰⁰", "0.00", "1×10⁻³⁰⁰"]);
  for (const value of [undefined, null, "3", true, NaN, Infinity]) assert.equal(formatted(value, ".2f"), "–");
});

test("writes durations in at most two units", () => {
  assert.deepEqual([0, 0.25, 2.5, 59.7, 61, 3599.7, 86_399, 90_000, -75].map(durationText), [
    "0 s", "250 ms", "2.5 s", "1 min", "1 min 1 s", "1 h", "1 d", "1 d 1 h", "-1 min 15 s",
  ]);
});
