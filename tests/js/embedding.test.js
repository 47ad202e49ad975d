// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { model, table, placeIn } from "#dashboard/scenes/embedding.js";

import { contextOf, viewOf } from "./fakes.js";

const VALUE = { points: [[0, 0], [4, 2], [1, 1]], labels: ["dos", "benign", "dos"], method: "PCA" };

/** @param {any} value */
function modelOf(value) {
  return model(viewOf({ embedding: [value] }), contextOf("embedding"));
}

test("points are gathered by class, classes by name, each with its own colour and mark", () => {
  const { classes } = modelOf(VALUE);
  assert.deepEqual(classes, [
    { name: "benign", colour: 0, mark: 0, points: [[4, 2]], detail: "1" },
    { name: "dos", colour: 1, mark: 1, points: [[0, 0], [1, 1]], detail: "2" },
  ]);
});

test("the sentence names method, number of points and classes", () => {
  assert.equal(modelOf(VALUE).sentence, "PCA: 3 points in 2 classes: benign, dos");
  assert.equal(modelOf({ points: [[1, 1]], labels: ["dos"] }).sentence, "Embedding: 1 point in 1 class: dos");
});

test("both axes have one scale, and all points lie inside", () => {
  const { extent } = modelOf(VALUE);
  const place = placeIn(extent, 220, 120);
  assert.deepEqual([place([0, 0]), place([4, 2])], [[10, 110], [210, 10]]);
  assert.deepEqual(placeIn(extent, 1020, 120)([4, 2]), [610, 10]);
  const [[ax, ay], [bx, by]] = [place([1, 1]), place([2, 2])];
  assert.equal(bx - ax, ay - by);
});

test("one point, or none, is placed without a division by nothing", () => {
  assert.deepEqual(placeIn(modelOf({ points: [[3, 3]], labels: ["a"] }).extent, 100, 50)([3, 3]), [50, 25]);
  assert.deepEqual(modelOf({ points: [], labels: [] }).classes, []);
});

test("the table has every point with its class", () => {
  const value = { points: [[0, 1], [2, 3]], labels: ["a", "b"] };
  assert.deepEqual(table(viewOf({ embedding: [value] }), contextOf("embedding")), {
    columns: ["x", "y", "class"], rows: [[0, 1, "a"], [2, 3, "b"]],
  });
});
