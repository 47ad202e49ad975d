// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { alignedOf, model, table } from "#stickyboard/page/scenes/attack_profile.js";

import { contextOf, viewOf } from "./fakes.js";
import { useColours } from "#stickyboard/page/palette.js";

useColours({ a: 1, b: 2 });

/** @param {...any} values */
function modelOf(...values) {
  return model(viewOf({ attack_profile: values }), contextOf("attack_profile"));
}

test("spans x over all curves, sorted by name, in colours", () => {
  const { curves, left, right } = modelOf({ name: "b", x: [2, 9], y: [0, 1] }, { name: "a", x: [-1, 3], y: [1, 0.5] });
  assert.deepEqual([left, right], [-1, 9]);
  assert.deepEqual(curves.map(({ name, colour, count }) => [name, colour, count]), [["a", 0, 2], ["b", 1, 2]]);
});

test("aligns curves, with the last of two points at one x", () => {
  assert.deepEqual(alignedOf([{ x: [2, 0], y: [0.2, 0] }, { x: [1, 1, 2], y: [0.5, 0.6, 1] }]), [
    [0, 1, 2], [0, undefined, 0.2], [undefined, 0.6, 1],
  ]);
});

test("centres a single x", () => {
  const { left, right } = modelOf({ name: "a", x: [4], y: [1] });
  assert.deepEqual([left, right], [2, 6]);
});

test("takes labels from the first curve that has them", () => {
  const { xLabel, yLabel } = modelOf({ name: "a", x: [], y: [] }, { name: "b", x: [1], y: [1], x_label: "seconds", y_label: "share" });
  assert.deepEqual([xLabel, yLabel], ["seconds", "share"]);
});

test("has a scale for curves without points", () => {
  const { left, right, sentence } = modelOf({ name: "a", x: [], y: [] });
  assert.deepEqual([left, right, sentence], [0, 1, "1 curve from 0 to 1: a"]);
});

test("tables every point", () => {
  const values = [{ name: "b", x: [0, 1], y: [0, 0.5], x_label: "rate" }, { name: "a", x: [2], y: [1] }];
  assert.deepEqual(table(viewOf({ attack_profile: values }), contextOf("attack_profile")), {
    columns: ["curve", "rate", "y"], rows: [["a", 2, 1], ["b", 0, 0], ["b", 1, 0.5]],
  });
});

test("scales any x, at both extremes and next to each other", () => {
  for (const x of [[1e16, 1e16 + 2], [-1e308, 1e308], [5e-324, 1e-323], [1e-300, 1e300], [-0, 0], [1.7e308], [-5, -2]]) {
    const { columns, left, right } = modelOf({ name: "a", x, y: x.map(() => 0.5) });
    assert.ok(Number.isFinite(left) && Number.isFinite(right) && left < right, String(x));
    assert.ok(columns[0].every((share) => share >= 0 && share <= 1), String(x));
  }
});

test("samples many long curves and keeps their peaks", () => {
  const curves = Array.from({ length: 64 }, (_, curve) => ({
    name: `c${curve}`,
    x: Array.from({ length: 6000 }, (_, index) => index + curve / 64),
    y: Array.from({ length: 6000 }, (_, index) => Number(index === 4321)),
  }));
  const { columns } = modelOf(...curves);
  assert.deepEqual([columns.length, columns[0].length], [65, 2048]);
  for (const ys of columns.slice(1)) assert.ok(ys.includes(1));
});
