// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { GAP, NONE, columnsOf } from "#stickyboard/page/columns.js";

import { randomFrom } from "./fakes.js";

const axis = /** @type {const} */ ({ low: 0, high: 10, kind: "linear" });

test("aligns curves over one x", () => {
  const { shares, ys } = columnsOf([{ x: [0, 2], y: [5, 6] }, { x: [2, 10], y: [7, 8] }], axis, 100);
  assert.deepEqual([shares, ...ys].map((column) => [...column]), [[0, 0.2, 1], [5, 6, NaN], [NaN, 7, 8]]);
});

test("cuts a curve at the ends of the axis", () => {
  const { shares, ys } = columnsOf([{ x: [-10, 5, 20], y: [0, 3, 6] }], axis, 100);
  assert.deepEqual([shares, ...ys].map((column) => [...column]), [[0, 0.5, 1], [2, 3, 4]]);
  assert.deepEqual(columnsOf([{ x: [11, 12], y: [0, 0] }, { x: [-10, 20], y: [0, 3] }], axis, 100).ys.map((column) => [...column]), [[NaN, NaN], [1, 2]]);
});

test("keeps the lowest and highest value of each pixel", () => {
  const random = randomFrom(11);
  for (let round = 0; round < 20; round += 1) {
    const samples = 5 + Math.floor(random() * 40);
    const traces = Array.from({ length: 3 }, () => {
      const x = [...new Set(Array.from({ length: 500 }, () => random() * 10))].sort((a, b) => a - b);
      return { x, y: x.map(() => random() * 2 - 1) };
    });
    const { shares, ys } = columnsOf(traces, axis, samples);
    assert.equal(shares.length, 2 * samples);
    traces.forEach(({ x, y }, index) => {
      for (let pixel = 0; pixel < samples; pixel += 1) {
        const inPixel = y.filter((_, at) => Math.floor((x[at] / 10) * samples) === pixel);
        const drawn = ys[index].slice(2 * pixel, 2 * pixel + 2).filter(Number.isFinite);
        if (inPixel.length === 0) assert.deepEqual([...drawn], []);
        else assert.deepEqual([Math.min(...drawn), Math.max(...drawn)], [Math.min(...inPixel), Math.max(...inPixel)]);
      }
    });
  }
});

test("interrupts a curve at its gaps, but not where only another curve has points", () => {
  const traces = [{ x: [1, 3, 4], y: [10, NaN, 40] }, { x: [1, 2, 4], y: [5, 6, 7] }];
  const { ys } = columnsOf(traces, { low: 1, high: 4, kind: "linear" }, 100);
  assert.deepEqual(ys.map((column) => [...column]), [[10, NONE, GAP, 40], [5, 6, NONE, 7]]);
  const sampled = columnsOf([{ x: [0, 1, 1.1, 5, 9], y: [1, 2, NaN, NaN, 3] }, { x: Array.from({ length: 21_000 }, (_, at) => at / 2100), y: Array(21_000).fill(0) }], axis, 10);
  assert.deepEqual([...sampled.ys[0]].filter((value) => !Number.isNaN(value)), [1, 2, GAP, GAP, 3]);
});

test("samples only what has changed", () => {
  const traces = [0, 1].map((height) => ({ x: Array.from({ length: 30_000 }, (_, at) => at / 3000), y: Array(30_000).fill(height) }));
  const first = columnsOf(traces, axis, 100);
  const [same, other] = first.versions;
  const next = columnsOf([traces[0], { ...traces[1], y: Array(30_000).fill(9) }], axis, 100, first);
  assert.deepEqual([next.versions[0] === same, next.versions[1] === other, next.ys[1][0]], [true, false, 9]);
  assert.notEqual(columnsOf(traces, { ...axis, high: 11 }, 100, first).versions[0], same);
});
