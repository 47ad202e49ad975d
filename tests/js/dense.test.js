// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { drawColumns, toRows } from "#stickyboard/page/dense.js";

import { randomFrom } from "./fakes.js";

/** @param {number[]} xs @param {(number | undefined)[]} ys @param {number} [thickness] @param {number} [width] @param {number} [height] @returns {string[]} rows from the top */
function drawn(xs, ys, thickness = 1, width = 5, height = 3) {
  const picture = { columns: new Uint32Array(width * height), width, height };
  const pixels = new Uint32Array(width * height);
  drawColumns(picture, xs, ys, 1, thickness);
  toRows(picture, pixels);
  return Array.from({ length: height }, (_, row) => [...pixels.slice(row * width, (row + 1) * width)].map((pixel) => (pixel ? "#" : ".")).join(""));
}

test("draws a line from point to point", () => {
  assert.deepEqual(drawn([0, 0.999], [0.5, 0.5]), [".....", "#####", "....."]);
  assert.deepEqual(drawn([0, 0.999], [0, 1]), ["....#", "..###", "###.."]);
  assert.deepEqual(drawn([0, 0.5, 0.999], [0.5, undefined, 0.5]), [".....", "#####", "....."]);
  assert.deepEqual(drawn([0.5], [0.5]), [".....", "..#..", "....."]);
  assert.deepEqual(drawn([0, 0.999], [0.5, 0.5], 3), ["#####", "#####", "#####"]);
});

test("interrupts a line in a gap, and only there", () => {
  assert.deepEqual(drawn([0, 0.2, 0.5, 0.999], [0.5, 0.5, Infinity, 0.5]), [".....", "##..#", "....."]);
  assert.deepEqual(drawn([0, 0.5, 0.999], [0.5, NaN, 0.5]), [".....", "#####", "....."]);
});

test("draws everything between the extremes of a column", () => {
  assert.deepEqual(drawn([0.41, 0.45, 0.5], [0.5, 1, 0]), ["..#..", "..#..", "..#.."]);
});

test("stays inside the picture", () => {
  const random = randomFrom(2);
  for (let round = 0; round < 200; round += 1) {
    const xs = Array.from({ length: 9 }, random).sort((a, b) => a - b);
    const rows = drawn([-1000, ...xs, 1000], [5, ...xs.map(() => (random() - 0.5) * 10 ** (6 * random())), 1000], 2);
    assert.ok(rows.join("").includes("#"));
  }
});
