// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { piecesOf, widget } from "#stickyboard/page/widgets/share.js";

import { contextOf, doubles, randomFrom, viewOf } from "../fakes.js";

/** @param {any[]} values @param {object} [options] */
function modelOf(values, options = {}) {
  return widget({ value: "parts", top: 8, ...options }).model(viewOf({ mix: values }), contextOf("mix"));
}

/** @param {any[]} values @param {object} [options] @returns {[string, string][]} */
function textsOf(values, options) {
  return modelOf(values, options).parts.map((/** @type {any} */ { name, text }) => [name, text]);
}

test("divides the newest map by its sum, in the order of names", () => {
  assert.deepEqual(textsOf([{ parts: { a: 1 } }, { parts: { "b-10": 30, "b-9": 60, a: 10 } }]), [["a", "10 %"], ["b-9", "60 %"], ["b-10", "30 %"]]);
});

test("divides entries with a name and a number", () => {
  const values = [{ who: "x", n: 1 }, { who: "y", n: 1 }, { who: "x", n: 3 }];
  assert.deepEqual(textsOf(values, { value: "n", label: "who" }), [["x", "75 %"], ["y", "25 %"]]);
  assert.deepEqual(textsOf(values.slice(0, 2), { value: "n" }), [["0", "50 %"], ["1", "50 %"]]);
});

test("adds up the parts beyond the largest ones", () => {
  const parts = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`p${index}`, index === 3 ? 93 : 1]));
  const model = modelOf([{ parts }], { top: 2 });
  assert.deepEqual(model.parts.map((/** @type {any} */ { name, text }) => [name, text]), [["p0", "1 %"], ["p3", "93 %"], ["+6 more", "6 %"]]);
  assert.equal(model.parts[2].property, "--muted");
});

test("leaves a gap if shares of 1 are incomplete, and never overflows", () => {
  const shares = (/** @type {object} */ parts) => modelOf([{ parts }], { format: ".0%" }).parts.map((/** @type {any} */ { share }) => share);
  assert.deepEqual(shares({ a: 0.25 }), [0.25]);
  assert.deepEqual(shares({ a: 0.75, b: 0.75 }), [0.5, 0.5]);
});

test("writes the formatted value, and the share in its title", () => {
  const { parts } = modelOf([{ parts: { a: 1500, b: 500 } }], { format: "bytes" });
  assert.deepEqual(parts.map((/** @type {any} */ { text, title }) => [text, title])[0], ["1.5 kB", "a: 1.5 kB, 75 %"]);
});

test("gives negative values and zeros no part of the bar", () => {
  const { parts, negatives } = modelOf([{ parts: { a: -5, b: 0, c: 2 } }]);
  assert.deepEqual(parts.map((/** @type {any} */ { share, text }) => [share, text]), [[0, "-5"], [0, "0 %"], [1, "100 %"]]);
  assert.equal(negatives, 1);
  assert.deepEqual(textsOf([{ parts: { a: 0 } }]), [["a", "0 %"]]);
});

test("does not round a small part to nothing", () => {
  assert.deepEqual(textsOf([{ parts: { a: 1, b: 999 } }]), [["a", "<1 %"], ["b", "100 %"]]);
});

test("divides numbers of every size", () => {
  const random = randomFrom(5);
  for (let round = 0; round < 300; round += 1) {
    const parts = Object.fromEntries(doubles(random, 6).map((number, index) => [`p${index}`, number]));
    const shares = modelOf([{ parts }], { top: 3 }).parts.map((/** @type {any} */ part) => part.share);
    const sum = shares.reduce((/** @type {number} */ total, /** @type {number} */ share) => total + share, 0);
    const isPositive = Object.values(parts).some((number) => number > 0);
    assert.ok(Math.abs(sum - (isPositive ? 1 : 0)) < 1e-9, JSON.stringify(parts));
  }
});

test("survives other names and types", () => {
  const parts = JSON.parse('{"__proto__": 1, "constructor": 2, "a": "x", "b": null, "c": [1]}');
  assert.deepEqual(textsOf([{}, { parts }]), [["__proto__", "33 %"], ["constructor", "67 %"]]);
  assert.deepEqual([textsOf([{ parts: "x" }]), textsOf([null]), textsOf([{ parts: 3 }], { label: "none" })], [[], [], [["–", "100 %"]]]);
});

test("draws 10,000 parts as the largest and a rest", () => {
  const parts = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`p${index}`, index]));
  assert.equal(modelOf([{ parts }]).parts.at(-1).name, "+9,992 more");
});

test("clips each piece to its part of the bar", () => {
  const pieces = piecesOf([{ name: "a", share: 0.25, property: "--x" }, { name: "b", share: 0.5, property: "--y" }]);
  assert.deepEqual(pieces.map(({ clip }) => clip), ["inset(0 calc(75.0% + 1px) 0 0.0%)", "inset(0 calc(25.0% + 1px) 0 25.0%)"]);
});

test("tables every part", () => {
  const table = widget({ value: "parts", top: 1 }).table?.(viewOf({ mix: [{ parts: { a: 3, b: 1 } }] }), contextOf("mix"));
  assert.deepEqual(table, { columns: ["name", "value", "share"], rows: [["a", 3, 0.75], ["b", 1, 0.25]] });
});
