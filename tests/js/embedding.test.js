// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { projectionOf, copyStamp } from "#stickyboard/page/points.js";
import { model, table, tooltipOf } from "#stickyboard/page/scenes/embedding.js";

import { contextOf, doubles, randomFrom, viewOf } from "./fakes.js";
import { useColours } from "#stickyboard/page/palette.js";

useColours({ benign: 1, dos: 2 });

const VALUE = { points: [[0, 0], [4, 2], [1, 1]], labels: ["dos", "benign", "dos"], method: "PCA" };

/** @param {any} value */
function modelOf(value) {
  return model(viewOf({ embedding: [value] }), contextOf("embedding"));
}

test("sorts classes and gives each a colour, mark and count", () => {
  const { classes, points } = modelOf(VALUE);
  assert.deepEqual(classes, [
    { name: "benign", colour: 0, mark: 0, count: 1 },
    { name: "dos", colour: 1, mark: 1, count: 2 },
  ]);
  assert.deepEqual([...points.classes], [1, 0, 1]);
});

test("builds a snapshot's model once", () => {
  assert.equal(modelOf(VALUE), modelOf(VALUE));
  assert.notEqual(modelOf(VALUE), modelOf({ ...VALUE }));
});

test("names method, points and classes in its sentence", () => {
  assert.equal(modelOf(VALUE).sentence, "PCA: 3 points in 2 classes: benign, dos");
  assert.equal(modelOf({ points: [[1, 1]], labels: ["dos"] }).sentence, "Embedding: 1 point in 1 class: dos");
});

test("scales both axes alike and keeps all points inside", () => {
  const { extent } = modelOf(VALUE).points;
  const { toScreen } = projectionOf(extent, { width: 224, height: 124 });
  assert.deepEqual([toScreen(0, 0), toScreen(4, 2)], [[12, 112], [212, 12]]);
  assert.deepEqual(projectionOf(extent, { width: 1024, height: 124 }).toScreen(4, 2), [612, 12]);
  const [[ax, ay], [bx, by]] = [toScreen(1, 1), toScreen(2, 2)];
  assert.equal(bx - ax, ay - by);
});

test("projects points of any size", () => {
  const size = { width: 224, height: 124 };
  const numbers = doubles(randomFrom(3), 4000);
  for (let index = 0; index + 6 <= numbers.length; index += 6) {
    const points = [0, 2, 4].map((at) => numbers.slice(index + at, index + at + 2));
    const { toScreen } = projectionOf(modelOf({ points, labels: ["a", "b", "c"] }).points.extent, size);
    for (const [x, y] of points) {
      const [across, down] = toScreen(x, y);
      assert.ok(across >= 11.9 && across <= 212.1 && down >= 11.9 && down <= 112.1, `${points.join(" ")}: ${across}, ${down}`);
    }
  }
});

test("uses the whole width for points in one line", () => {
  const { extent } = modelOf({ points: [[5, 1e-20], [5, 2e-20]], labels: ["a", "b"] }).points;
  assert.ok(projectionOf(extent, { width: 100, height: 50 }).scale > 0);
  const vertical = modelOf({ points: [[0, 1e-20], [0, 2e-20]], labels: ["a", "b"] }).points;
  const { toScreen } = projectionOf(vertical.extent, { width: 100, height: 50 });
  assert.deepEqual([Math.round(toScreen(0, 1e-20)[1]), Math.round(toScreen(0, 2e-20)[1])], [38, 12]);
});

test("projects one point, or none", () => {
  const { extent } = modelOf({ points: [[3, 3]], labels: ["a"] }).points;
  assert.deepEqual(projectionOf(extent, { width: 100, height: 50 }).toScreen(3, 3), [50, 25]);
  const none = modelOf({ points: [], labels: [] });
  assert.deepEqual([none.classes, none.points.extent], [[], { left: 0, right: 1, low: 0, high: 1 }]);
});

test("finds the nearest point of the visible classes", () => {
  const { points } = modelOf(VALUE);
  const projection = projectionOf(points.extent, { width: 224, height: 124 });
  assert.equal(points.nearest(projection, { x: 60, y: 60 }, 20, [true, true]), 2);
  assert.equal(points.nearest(projection, { x: 60, y: 60 }, 20, [true, false]), null);
  assert.equal(points.nearest(projection, { x: 100, y: 20 }, 20, [true, true]), null);
});

test("shows a point's class and coordinates in its tooltip", () => {
  const { title, lines } = tooltipOf(modelOf(VALUE), 1);
  assert.deepEqual([title, lines.map(({ name, value }) => [name, value])], ["Point 2", [["benign", ""], ["x", "4"], ["y", "2"]]]);
});

test("counts existing neighbours of the same class", () => {
  const { lines } = tooltipOf(modelOf({ ...VALUE, neighbours: [[2, 1, 99], [], [0, 1]] }), 0);
  assert.deepEqual(lines.at(-1), { symbol: "", colour: null, name: "neighbours of the same class", value: "1 of 2" });
});

test("numbers points and neighbours from one", () => {
  const value = { points: [[0, 1], [2, 3]], labels: ["a", "b"], neighbours: [[1], [0]] };
  assert.deepEqual(table(viewOf({ embedding: [value] }), contextOf("embedding")).rows, [[0, 1, "a", "2"], [2, 3, "b", "1"]]);
});

test("tables every point with its class", () => {
  const value = { points: [[0, 1], [2, 3]], labels: ["a", "b"] };
  assert.deepEqual(table(viewOf({ embedding: [value] }), contextOf("embedding")), {
    columns: ["x", "y", "class"], rows: [[0, 1, "a"], [2, 3, "b"]],
  });
});

test("copies stamps, clipped, with the more opaque pixel", () => {
  const sheet = new Uint32Array(3 * 2);
  const [hard, soft] = [0xff000001, 0x40000002];
  copyStamp({ side: 2, pixels: Uint32Array.of(hard, soft, 0, hard) }, sheet, { width: 3, height: 2 }, 1, 1);
  assert.deepEqual([...sheet], [hard, soft, 0, 0, hard, 0]);
  copyStamp({ side: 2, pixels: Uint32Array.of(soft, hard, hard, soft) }, sheet, { width: 3, height: 2 }, 2, 1);
  assert.deepEqual([...sheet], [hard, soft, hard, 0, hard, soft]);
  copyStamp({ side: 2, pixels: Uint32Array.of(hard, hard, hard, hard) }, sheet, { width: 3, height: 2 }, -5, 99);
  copyStamp({ side: 2, pixels: Uint32Array.of(0, 0, 0, hard) }, sheet, { width: 3, height: 2 }, 0, 0);
  assert.deepEqual([...sheet], [hard, soft, hard, 0, hard, soft]);
});
