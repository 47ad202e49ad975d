// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { CurveReader, readCurves } from "#stickyboard/page/curves.js";
import { LinesModel } from "#stickyboard/page/lines_model.js";
import { smoothed } from "#stickyboard/page/live_curve.js";

import { doubles, randomFrom, viewOf } from "./fakes.js";

/** @param {any[]} values @param {import("#stickyboard/page/curves.js").Fields} fields @param {boolean} [isLog] */
function read(values, fields, isLog) {
  return readCurves(viewOf({ a: values }).entries("a"), fields, isLog);
}

/** @param {any[]} values @param {import("#stickyboard/page/curves.js").Fields} fields @returns {any[]} panel, name, x and y of each curve, by name */
function curvesOf(values, fields) {
  const { panels } = read(values, fields);
  const all = [...panels].flatMap(([panel, curves]) => [...curves.values()].map(({ name, x, y }) => [panel, name, [...x], [...y]]));
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
  const { panels } = read([{ y: 0 }, { y: -1 }, { y: 2 }], { y: "y" }, true);
  const curve = panels.get("")?.get("y");
  assert.deepEqual([curve?.omitted, [...(curve?.y ?? [])]], [2, [2]]);
});

test("reads a band, which is the line itself where it is missing", () => {
  const { panels } = read([{ y: 2, l: 1, h: 3 }, { y: 5, l: null }], { y: "y", band: ["l", "h"] });
  const curve = panels.get("")?.get("y");
  assert.deepEqual([[...(curve?.low ?? [])], [...(curve?.high ?? [])]], [[1, 5], [3, 5]]);
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
        assert.ok(curve.y.every((y) => Number.isNaN(y) || (Number.isFinite(y) && (!isLog || y > 0))));
        assert.ok(smoothed(curve.y, 0.9).every((y, index) => Number.isFinite(y) || Number.isNaN(curve.y[index])));
      }
    }
  }
});

test("reads the newest events of too many", () => {
  const values = Array.from({ length: 300 }, (_, at) => ({ y: Array(8000).fill(at), n: at }));
  const { panels, unread } = read(values, { y: "y", series: "n" });
  assert.ok(unread > 0);
  assert.equal(panels.get("")?.has("299"), true);
  assert.equal(panels.get("")?.has("0"), false);
});

test("smooths a constant to itself, and without a bias", () => {
  for (const value of [0.1, 7, 1e-300, -1.7e308]) assert.deepEqual([...smoothed(Array(50).fill(value), 0.97)], Array(50).fill(value));
  assert.deepEqual([...smoothed([0, NaN, 1], 0.5)], [0, NaN, 2 / 3]);
});

test("has a gap where a map has null", () => {
  const { panels } = read([{ m: { a: 1 } }, { m: { a: null } }, { m: { a: 3 } }, { m: {} }], { y: "m" });
  const curve = panels.get("")?.get("a");
  assert.deepEqual([curve?.gaps, curve?.newest, [...(curve?.y ?? [])]], [1, 3, [1, NaN, 3]]);
  assert.deepEqual([...(read([{ y: 1 }, { y: null }, { y: 3 }], { y: "y" }).panels.get("")?.get("y")?.y ?? [])], [1, 3]);
});

/** A keyspace as the mirror has it, with changes of every kind. */
class Entries {
  all = /** @type {Entry[]} */ ([]);
  #revision = 0;
  #random;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /** @param {number} below */
  #below(below) {
    return Math.floor(this.#random() * below);
  }

  #value() {
    const number = () => [this.#below(20) - 3, null, "text", this.#random()][this.#below(9)] ?? this.#below(20);
    const map = () => Object.fromEntries(["a", "b", "constructor"].slice(this.#below(3)).map((key) => [key, number()]));
    const list = () => Array.from({ length: this.#below(4) }, number);
    return { run: "rst"[this.#below(3)], x: this.#below(4) ? this.#revision : number(), y: this.#below(12) ? number() : list(), m: map(), low: number(), high: number() };
  }

  /** @returns {typeof this.all} after one or several changes */
  changed() {
    const every = 2 + this.#below(3);
    const lane = "rst"[this.#below(3)];
    const run = this.#below(12);
    if (run === 0) this.all = this.all.filter((_, index) => index % every !== 0);
    if (run === 1) this.all = this.all.filter(({ value }, index) => value.run !== lane || index % every === 0);
    if (run === 2) this.all = this.all.slice(this.#below(10));
    if (run === 3) this.all = this.all.slice(0, -1);
    if (run === 4 && this.#below(4) === 0) this.all = [];
    if (run === 5 && this.#below(4) === 0) this.all = this.all.map((entry) => ({ ...entry }));
    for (let count = this.#below(6); count > 0; count -= 1) this.all.push({ key: "", lane, revision: (this.#revision += 1), at: this.#revision, value: this.#value() });
    // A filter hides entries of some lanes for a while.
    return this.#below(8) ? [...this.all] : this.all.filter(({ value }) => value.run !== lane);
  }
}

/** @param {CurveReader} reader @param {boolean} isLog */
function contentOf({ panels }, isLog) {
  const plain = [...panels].flatMap(([panel, curves]) => [...curves.values()].map((curve) => [panel, ...Object.values(curve.read(isLog))]));
  return plain.map((curve) => JSON.stringify(curve.map((part) => (part instanceof Float64Array ? Array.from(part, String) : part)))).sort();
}

test("reads changes as it reads everything", () => {
  const choices = [{ y: "y", series: "run", x: "x", band: /** @type {[string, string]} */ (["low", "high"]) }, { y: ["y", "m"], series: "run" }, { y: "m", split: "m", series: "run", x: "@step" }, { y: "y", split: "run", x: "x" }];
  for (const [index, fields] of choices.entries()) {
    for (let seed = 0; seed < 4; seed += 1) {
      const random = randomFrom(10 * index + seed);
      const entries = new Entries(random);
      const reader = new CurveReader(fields);
      for (let round = 0; round < 50; round += 1) {
        const all = entries.changed();
        // At first only some of the new entries, as in a frame in which there is little time.
        if (!reader.update(all, () => random() < 0.3)) reader.update(all);
        const whole = new CurveReader(fields);
        whole.update(all);
        for (const isLog of [false, true]) assert.deepEqual(contentOf(reader, isLog), contentOf(whole, isLog), `fields ${index}, seed ${seed}, round ${round}`);
      }
    }
  }
});

test("reads no entry again that it has read", () => {
  let reads = 0;
  const entryOf = (/** @type {number} */ at) => ({ key: "", lane: "", revision: at, at, get value() { return (reads += 1), { y: at }; } });
  const entries = Array.from({ length: 100 }, (_, at) => entryOf(at));
  const reader = new CurveReader({ y: "y" });
  reader.update(entries);
  reads = 0;
  reader.update([...entries.slice(1), entryOf(100)]);
  assert.equal(reads, 2); // the removed and the new one
  assert.deepEqual([...(reader.panels.get("")?.get("y")?.read(false).y ?? [])].slice(-2), [99, 100]);
});

test("reads a large state in parts, and what has changed meanwhile", () => {
  const entries = Array.from({ length: 10 }, (_, at) => ({ key: "", lane: "", revision: at, at, value: { y: at } }));
  const reader = new CurveReader({ y: "y" });
  let left = 4;
  const isUsedUp = () => (left -= 1) === 0;
  assert.equal(reader.update(entries, isUsedUp), false);
  assert.equal(reader.panels.get("")?.get("y")?.length, 4);
  left = 7;
  assert.equal(reader.update(entries.slice(1), isUsedUp), true);
  assert.deepEqual([...(reader.panels.get("")?.get("y")?.read(false).y ?? [])], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("shows the last curves until a frame's time was enough for all entries", () => {
  const fields = { y: "y", isByValue: false, isTile: false };
  const entriesOf = (/** @type {number[]} */ ys) => viewOf({ a: ys.map((y) => ({ y })) }).entries("a");
  let nowMs = 0;
  const model = new LinesModel(fields, () => (nowMs += 7));
  const read = (/** @type {Entry[]} */ entries) => {
    const { panels, laterMs } = model.read(entries, fields);
    return [Array.from(panels[0].lines[0].y), laterMs];
  };
  assert.deepEqual(read(entriesOf([1])), [[1], undefined]);
  const many = Array.from({ length: 700 }, (_, index) => index);
  const large = entriesOf(many);
  assert.deepEqual([read(large), read(large)], [[[1], 1], [many, undefined]]);
  assert.deepEqual(read(entriesOf([2, 3, 4])), [[2, 3, 4], undefined], "a small state is read at once, however slowly");
});

test("stays within its bounds, and has room for updates", () => {
  const entries = new Entries(randomFrom(3));
  const reader = new CurveReader({ y: "n" }, { points: 100, curves: 5 });
  for (let round = 0; round < 300; round += 1) {
    entries.all.push({ key: "", lane: "", revision: round, at: round, value: { n: round } });
    reader.update([...entries.all]);
    const curve = reader.panels.get("")?.get("n")?.read(false);
    assert.ok(Number(curve?.y.length) <= 100 && curve?.newest === round);
    assert.equal(reader.unread + Number(curve?.y.length), round + 1);
  }
  entries.all.push({ key: "", lane: "", revision: 300, at: 300, value: { n: Object.fromEntries([..."abcdefgh"].map((key) => [key, 1])) } });
  reader.update([...entries.all]);
  assert.equal(reader.panels.get("")?.size, 5);
});
