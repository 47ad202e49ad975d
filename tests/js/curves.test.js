// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { readCurves, smoothed } from "#stickyboard/page/curves.js";

import { doubles, randomFrom, viewOf } from "./fakes.js";

/** @param {any[]} values @param {import("#stickyboard/page/curves.js").Fields} fields @param {boolean} [isLog] */
function read(values, fields, isLog) {
  return readCurves(viewOf({ a: values }).entries("a"), fields, isLog);
}

/** @param {any[]} values @param {import("#stickyboard/page/curves.js").Fields} fields @returns {any[]} panel, name, x and y of each curve, by name */
function curvesOf(values, fields) {
  const { panels } = read(values, fields);
  const all = [...panels].flatMap(([panel, curves]) => [...curves.values()].map(({ name, x, y }) => [panel, name, x, y]));
  return all.sort((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1));
}

test("draws a point per event, by series", () => {
  const values = [{ run: "a", step: 1, loss: 3 }, { run: "b", step: 1, loss: 5 }, { run: "a", step: 2, loss: 4 }];
  assert.deepEqual(curvesOf(values, { x: "step", y: "loss", series: "run" }), [["", "a", [1, 2], [3, 4]], ["", "b", [1], [5]]]);
  assert.deepEqual(curvesOf(values, { y: "loss" }), [["", "loss", [100, 101, 102], [3, 5, 4]]]);
  assert.deepEqual(curvesOf(values, { x: "@step", y: "loss", series: "run" })[0][2], [1, 2]);
});

test("draws several fields, and a curve per key of a map", () => {
  assert.deepEqual(curvesOf([{ m: { a: 1, b: 2 }, c: 3 }], { x: "c", y: ["m.a", "c"] }), [["", "a", [3], [1]], ["", "c", [3], [3]]]);
  assert.deepEqual(curvesOf([{ r: "x", m: { a: 1 } }, { r: "x", m: { b: 2 } }], { x: "@step", y: "m", series: "r" }), [
    ["", "x · a", [1], [1]], ["", "x · b", [1], [2]],
  ]);
});

test("draws whole curves, of which the newest counts", () => {
  const values = [{ n: "a", x: [1, 2, 3], y: [1, 1, 1] }, { n: "a", x: [9, 5], y: [8, 7] }, { n: "b", y: [4, 5] }];
  assert.deepEqual(curvesOf(values, { x: "x", y: "y", series: "n" }), [["", "a", [5, 9], [7, 8]], ["", "b", [1, 2], [4, 5]]]);
});

test("orders points by x, and takes the last of two at one x", () => {
  const values = [3, 1, 3, 2].map((x, y) => ({ x, y }));
  assert.deepEqual(curvesOf(values, { x: "x", y: "y" }), [["", "y", [1, 2, 3], [1, 3, 2]]]);
});

test("splits by a field, or by the keys of a map", () => {
  const values = [{ host: "h1", v: 1, m: { a: 5, b: 6 } }, { host: "h2", v: 2, m: { a: 7 } }];
  assert.deepEqual(curvesOf(values, { x: "@step", y: "v", split: "host" }), [["h1", "v", [1], [1]], ["h2", "v", [1], [2]]]);
  assert.deepEqual(curvesOf(values, { x: "@step", y: "m", split: "m", series: "host" }), [["a", "h1", [1], [5]], ["a", "h2", [1], [7]], ["b", "h1", [1], [6]]]);
});

test("counts what has no place on a logarithmic scale", () => {
  const { panels, omitted } = read([{ y: 0 }, { y: -1 }, { y: 2 }], { y: "y" }, true);
  assert.deepEqual([omitted, panels.get("")?.get("y")?.y], [2, [2]]);
});

test("reads a band, which is the line itself where it is missing", () => {
  const { panels } = read([{ y: 2, l: 1, h: 3 }, { y: 5, l: null }], { y: "y", band: ["l", "h"] });
  const curve = panels.get("")?.get("y");
  assert.deepEqual([curve?.low, curve?.high], [[1, 5], [3, 5]]);
});

test("skips what is not a number, and survives any value", () => {
  const random = randomFrom(5);
  const numbers = doubles(random, 50);
  const anything = [null, true, "text", [], {}, [1, "x", null], { constructor: 1 }, JSON.parse('{"__proto__": 2}'), NaN, Infinity, undefined, ...numbers];
  const pick = () => anything[Math.floor(random() * anything.length)];
  const values = Array.from({ length: 2000 }, () => (random() < 0.02 ? pick() : { a: pick(), b: pick(), c: pick(), d: pick() }));
  for (const fields of [{ y: "a" }, { y: ["a", "b"], x: "c", series: "d" }, { y: "a", x: "@step", split: "a" }, { y: "a", split: "d", x: "b" }, { y: "a.constructor", band: /** @type {[string, string]} */ (["b", "c"]) }]) {
    for (const isLog of [false, true]) {
      for (const curve of [...read(values, fields, isLog).panels.values()].flatMap((curves) => [...curves.values()])) {
        assert.equal(curve.x.length, curve.y.length);
        assert.ok(curve.x.every((x, index) => Number.isFinite(x) && (index === 0 || x > curve.x[index - 1])));
        assert.ok(curve.y.every((y) => Number.isFinite(y) && (!isLog || y > 0)));
        assert.ok(smoothed(curve.y, 0.9).every(Number.isFinite));
      }
    }
  }
});

test("reads the newest events of too many", () => {
  const values = Array.from({ length: 300 }, (_, at) => ({ y: Array(4000).fill(at) , n: at }));
  const { panels, unread } = read(values, { y: "y", series: "n" });
  assert.ok(unread > 0);
  assert.equal(panels.get("")?.has("299"), true);
  assert.equal(panels.get("")?.has("0"), false);
});

test("smooths a constant to itself, and without a bias", () => {
  for (const value of [0.1, 7, 1e-300, -1.7e308]) assert.deepEqual(smoothed(Array(50).fill(value), 0.97), Array(50).fill(value));
  assert.deepEqual(smoothed([0, 1], 0.5), [0, 2 / 3]);
});

test("leaves a gap where a value is null, as NaN is", () => {
  const values = [{ r: "a", x: 1, m: { loss: 1 } }, { r: "a", x: 3, m: { loss: null } }, { r: "a", x: 2, m: { loss: null, acc: 1 } }, { r: "a", x: 4, m: { loss: 2 } }];
  const curve = read(values, { x: "x", y: "m", series: "r", split: "m" }).panels.get("loss")?.get("a");
  assert.deepEqual([curve?.x, curve?.y, curve?.gaps], [[1, 4], [1, 2], [2, 3]]);
});
