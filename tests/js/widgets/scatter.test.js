// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { axesProjection, visibleAxes } from "#stickyboard/page/point_axes.js";
import { MAX_POINTS } from "#stickyboard/page/scatter_model.js";
import { copyStamp, equalProjection } from "#stickyboard/page/points.js";
import { tooltipOf, widget } from "#stickyboard/page/widgets/scatter.js";

import { contextOf, doubles, randomFrom, viewOf } from "../fakes.js";

const VALUE = { at: [[0, 0], [4, 2], [1, 1]], kinds: ["b", "a", "b"], note: "PCA" };
const OPTIONS = { points: "at", category: "kinds", links: "near", caption: "note" };
const SIZE = { width: 224, height: 124 };

/** @param {any[]} values @param {object} [options] */
function modelOf(values, options = OPTIONS) {
  return widget(options).model(viewOf({ cloud: values }), contextOf("cloud"));
}

/** @param {any[]} values @param {object} [options] */
function tableOf(values, options = OPTIONS) {
  return widget(options).table?.(viewOf({ cloud: values }), contextOf("cloud"));
}

/** @param {any} model @returns {number[][]} */
function pointsOf({ points }) {
  return [...points.xs].map((x, index) => [x, points.ys[index]]);
}

test("sorts classes, and counts their points", () => {
  const { classes, points } = modelOf([VALUE]);
  assert.deepEqual(classes.map((/** @type {any} */ { name, count }) => [name, count]), [["a", 1], ["b", 2]]);
  assert.deepEqual([...points.classes], [1, 0, 1]);
});

test("builds a snapshot's model once", () => {
  const scatter = widget(OPTIONS);
  const [one, two, other] = [VALUE, VALUE, { ...VALUE }].map((value) => scatter.model(viewOf({ cloud: [value] }), contextOf("cloud")).points);
  assert.equal(one, two);
  assert.notEqual(one, other);
});

test("describes points and classes in a sentence", () => {
  assert.equal(modelOf([VALUE]).sentence, "PCA: 3 points in 2 classes: a, b");
  assert.equal(modelOf([{ at: [[1, 1]] }], { points: "at" }).sentence, "1 point");
});

test("reads lists of x and y, and one point per event", () => {
  const lists = modelOf([{ a: [1, 2, 3], b: { c: [4, 5] } }], { x: "a", y: "b.c" });
  assert.deepEqual([pointsOf(lists), lists.axes], [[[1, 4], [2, 5]], { x: "a", y: "b.c" }]);
  const ring = modelOf([{ a: 1, b: 2, kind: "k", n: 4 }, { a: 3, b: 4, kind: 7, n: 1 }], { x: "a", y: "b", category: "kind", size: "n", y_title: "Price" });
  assert.deepEqual([pointsOf(ring), ring.axes, [...ring.points.sizes]], [[[1, 2], [3, 4]], { x: "a", y: "Price" }, [7, 4]]);
  assert.deepEqual(ring.classes.map((/** @type {any} */ { name }) => name), ["7", "k"]);
});

test("leaves out points without coordinates, and keeps their indices", () => {
  const at = [[0, 0], [null, 1], "x", [3], [4, 4]];
  const { points, undrawn, columns } = modelOf([{ at, near: [[4, 1, 99, -1, 0.5], null] }]);
  const seen = /** @type {number[]} */ ([]);
  points.forEach((/** @type {number} */ index) => seen.push(index), [true]);
  assert.deepEqual([seen, undrawn, points.extent], [[0, 4], 3, { left: 0, right: 4, low: 0, high: 4 }]);
  assert.deepEqual(tooltipOf({ ...modelOf([{ at, near: [[4, 1, 99, -1, 0.5]] }]) }, 0).lines.at(-1)?.value, "2 of 2");
  assert.equal(columns.all, 5);
});

test("survives events without points", () => {
  for (const value of [{}, null, { at: 3 }, { at: {} }]) assert.deepEqual(pointsOf(modelOf([value])), []);
  assert.deepEqual(pointsOf(modelOf([{ a: "x", b: [1] }, {}], { x: "a", y: "b" })), [[NaN, NaN]]);
  assert.deepEqual(modelOf([{ at: [] }]).points.extent, { left: 0, right: 1, low: 0, high: 1 });
});

test("treats names of inherited properties as names", () => {
  const { classes } = modelOf([{ at: [[0, 0], [1, 1], [2, 2]], kinds: ["constructor", "__proto__", "constructor"] }]);
  assert.deepEqual(classes.map((/** @type {any} */ { name, count }) => [name, count]), [["__proto__", 1], ["constructor", 2]]);
});

test("draws the newest points of very many", () => {
  const at = Array.from({ length: MAX_POINTS - 10 }, (_, index) => [index, 0]);
  const { points, columns } = modelOf([{ at: [[-2, 0], [-1, 0]] }, { at }, { at: at.slice(0, 9) }]);
  assert.deepEqual([points.xs.length, points.extent.left, columns.all], [MAX_POINTS, -2, MAX_POINTS + 1]);
});

test("draws the rarest of very many classes as one", () => {
  const kinds = Array.from({ length: 20_000 }, (_, index) => `k${index % 10_000}`);
  const { classes } = modelOf([{ at: kinds.map((_, index) => [index, 0]), kinds }]);
  assert.deepEqual([classes.length, classes.at(-1).name, classes.at(-1).count], [200, "+9,801 more classes", 19_602]);
});

test("scales both axes of points alike", () => {
  const { extent } = modelOf([VALUE]).points;
  const project = equalProjection(extent, SIZE);
  assert.deepEqual([project(0, 0), project(4, 2)], [[12, 112], [212, 12]]);
  assert.deepEqual(equalProjection(extent, { width: 1024, height: 124 })(4, 2), [612, 12]);
  const [[ax, ay], [bx, by]] = [project(1, 1), project(2, 2)];
  assert.equal(bx - ax, ay - by);
});

test("projects points of any size into the figure", () => {
  const numbers = doubles(randomFrom(3), 4000);
  const area = { left: 0, top: 0, ...SIZE };
  for (let index = 0; index + 6 <= numbers.length; index += 6) {
    const at = [0, 2, 4].map((from) => numbers.slice(index + from, index + from + 2));
    const { extent } = modelOf([{ at }]).points;
    const [equal, own] = [equalProjection(extent, SIZE), axesProjection(/** @type {any} */ ({ area, ...visibleAxes(extent, { factor: 1, x: 0, y: 0 }) }))];
    for (const [x, y] of at) {
      const [across, down] = equal(x, y);
      assert.ok(across >= 11.9 && across <= 212.1 && down >= 11.9 && down <= 112.1, `${at.join(" ")}: ${across}, ${down}`);
      for (const [place, most] of own(x, y).map((px, axis) => [px, axis ? 124 : 224])) assert.ok(place >= -0.1 && place <= most + 0.1, `${at.join(" ")}: ${place}`);
    }
  }
});

test("keeps neighbouring numbers apart", () => {
  const { extent } = modelOf([{ at: [[1e16, 1e-300], [1e16 + 2, 2e-300]] }]).points;
  assert.deepEqual([equalProjection(extent, SIZE)(1e16, 1e-300)[0], equalProjection(extent, SIZE)(1e16 + 2, 1e-300)[0]], [12, 212]);
  const project = axesProjection(/** @type {any} */ ({ area: { left: 0, top: 0, ...SIZE }, ...visibleAxes(extent, { factor: 1, x: 0, y: 0 }) }));
  const [[left, low], [right, high]] = [project(1e16, 1e-300), project(1e16 + 2, 2e-300)];
  assert.ok(right - left > 150 && low - high > 100, [left, right, low, high].join(" "));
});

test("uses the whole width for points in one line, and the middle for one", () => {
  const vertical = modelOf([{ at: [[0, 1e-20], [0, 2e-20]] }]).points;
  const project = equalProjection(vertical.extent, { width: 100, height: 50 });
  assert.deepEqual([Math.round(project(0, 1e-20)[1]), Math.round(project(0, 2e-20)[1])], [38, 12]);
  assert.deepEqual(equalProjection(modelOf([{ at: [[3, 3]] }]).points.extent, { width: 100, height: 50 })(3, 3), [50, 25]);
});

test("zooms axes around a point", () => {
  const extent = { left: 0, right: 100, low: 0, high: 100 };
  const endsOf = (/** @type {Axis} */ { low, high }) => [low, high].map(Math.round);
  const [all, part] = [{ factor: 1, x: 0, y: 0 }, { factor: 2, x: 0.5, y: -0.5 }].map((zoom) => visibleAxes(extent, zoom));
  assert.deepEqual([endsOf(all.x), endsOf(all.y), endsOf(part.x), endsOf(part.y)], [[-5, 105], [-5, 105], [-5, 50], [-5, 50]]);
});

test("finds the nearest point of the visible classes", () => {
  const { points } = modelOf([VALUE]);
  const project = equalProjection(points.extent, SIZE);
  assert.equal(points.nearest(project, { x: 60, y: 60 }, 20, [true, true]), 2);
  assert.equal(points.nearest(project, { x: 60, y: 60 }, 20, [true, false]), null);
  assert.equal(points.nearest(project, { x: 100, y: 20 }, 20, [true, true]), null);
});

test("shows a point's class, coordinates, size and links", () => {
  const linesOf = (/** @type {any} */ model) => tooltipOf(model, 1).lines.map(({ name, value }) => [name, value]);
  assert.deepEqual(linesOf(modelOf([{ ...VALUE, near: [[], [0, 2, 99]] }])), [["a", ""], ["x", "4"], ["y", "2"], ["links to the same class", "0 of 2"]]);
  assert.deepEqual(linesOf(modelOf([{ a: [1, 2], b: [3, 4], n: [9, "?"] }], { x: "a", y: "b", size: "n" })), [["a", "2"], ["b", "4"], ["size", "–"]]);
});

test("keeps the links of several events apart", () => {
  const value = { at: [[0, 0], [1, 1]], near: [[1], [0]] };
  assert.deepEqual(tableOf([value, value])?.rows.map((row) => row.at(-1)), ["2", "1", "4", "3"]);
});

test("tables every point", () => {
  assert.deepEqual(tableOf([VALUE], { points: "at", category: "kinds" }), {
    columns: ["x", "y", "class"], rows: [[0, 0, "b"], [4, 2, "a"], [1, 1, "b"]], hidden: "",
  });
  assert.deepEqual(tableOf([{ a: [1], b: ["x"], n: [2] }], { x: "a", y: "b", size: "n" })?.rows, [[null, null, 2]]);
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
