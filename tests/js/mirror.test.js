// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Mirror } from "#stickyboard/mirror.js";

/** @typedef {import("#stickyboard/mirror.js").Section} Section */

/** @param {Mirror} mirror @param {Partial<Section>[]} sections */
function apply(mirror, ...sections) {
  const whole = sections.map((section) => ({ type: "t", epoch: "e", from: 0, to: 0, entries: [], ...section }));
  return mirror.applyUpdate({ op: "update", sections: whole });
}

/** @param {string} key @param {number} revision @param {string} [lane] @param {any} [value] @returns {any} */
function entry(key, revision, lane = "", value = { n: revision }) {
  return [key, lane, revision, 1000 + revision, value];
}

/** @param {Mirror} mirror @param {string} [type] */
function keys(mirror, type = "t") {
  return mirror.entries(type).map(({ key }) => key);
}

function filled() {
  const mirror = new Mirror();
  apply(mirror, { reset: true, to: 3, entries: [entry("a", 1, "x"), entry("b", 2, "y"), entry("c", 3, "x")] });
  return mirror;
}

test("a reset section replaces all that was there, in any epoch", () => {
  const mirror = filled();
  const { changed, gaps } = apply(mirror, { reset: true, epoch: "f", to: 1, entries: [entry("z", 1)] });
  assert.deepEqual([keys(mirror), [...changed], gaps], [["z"], ["t"], []]);
  assert.equal(mirror.cursor(), "t:f:1");
});

test("a section that continues the copy is laid over it", () => {
  const mirror = filled();
  const { gaps } = apply(mirror, { from: 3, to: 4, entries: [entry("b", 4, "y", { n: "new" })] });
  assert.deepEqual(gaps, []);
  assert.deepEqual(mirror.entries("t").map(({ key, value }) => [key, value.n]), [["a", 1], ["c", 3], ["b", "new"]]);
});

for (const [what, section] of /** @type {[string, Partial<Section>][]} */ ([
  ["skips a revision", { from: 4, to: 5 }],
  ["overlaps", { from: 2, to: 4 }],
  ["is of another epoch", { from: 3, to: 4, epoch: "f" }],
  ["is of another epoch and below the cursor", { from: 0, to: 1, epoch: "f" }],
])) {
  test(`a section that ${what} is a gap and changes nothing`, () => {
    const mirror = filled();
    const { changed, gaps } = apply(mirror, { ...section, entries: [entry("z", section.to ?? 0)] });
    assert.deepEqual([gaps, changed.size], [["t"], 0]);
    assert.deepEqual([keys(mirror), mirror.cursor()], [["a", "b", "c"], "t:e:3"]);
  });
}

test("a type never seen, without reset, is a gap", () => {
  const mirror = new Mirror();
  assert.deepEqual(apply(mirror, { to: 1, entries: [entry("a", 1)] }).gaps, ["t"]);
  assert.equal(mirror.cursor(), "");
});

test("a gap in one section leaves the update's other sections applied", () => {
  const mirror = filled();
  const { changed, gaps } = apply(mirror, { from: 9, to: 10 }, { type: "u", reset: true, to: 1, entries: [entry("a", 1)] });
  assert.deepEqual([[...changed], gaps, keys(mirror, "u")], [["u"], ["t"], ["a"]]);
});

test("a repeated section is ignored and is no gap", () => {
  const mirror = filled();
  const { changed, gaps } = apply(mirror, { from: 1, to: 3, entries: [entry("a", 2, "", { n: "old" })] });
  assert.deepEqual([changed.size, gaps, keys(mirror)], [0, [], ["a", "b", "c"]]);
});

test("a reset is applied even when its revision is not above the copy's", () => {
  const mirror = filled();
  apply(mirror, { reset: true, to: 2, entries: [entry("b", 2)] });
  assert.deepEqual([keys(mirror), mirror.cursor()], [["b"], "t:e:2"]);
});

test("a lane's floor removes that lane's entries at or below it", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, floors: { x: 1 }, entries: [entry("d", 4, "x")] });
  assert.deepEqual(keys(mirror), ["b", "c", "d"]);
});

test("the floor of lane \"\" removes entries of every lane", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, floors: { "": 2 }, entries: [entry("d", 4, "x")] });
  assert.deepEqual(keys(mirror), ["c", "d"]);
});

test("several floors each hold for their own lane", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, floors: { x: 3, "": 1, y: 1 }, entries: [entry("d", 4, "y")] });
  assert.deepEqual(keys(mirror), ["b", "d"]);
});

test("a value of null removes the key", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, entries: [entry("b", 4, "y", null)] });
  assert.deepEqual([keys(mirror), mirror.count("t")], [["a", "c"], 2]);
});

test("keys and lanes with names of object properties are names like any other", () => {
  const mirror = new Mirror();
  const names = ["__proto__", "constructor", "toString"];
  apply(mirror, { reset: true, to: 3, entries: names.map((name, index) => entry(name, index + 1, name)) });
  assert.deepEqual(keys(mirror), names);
  const floors = JSON.parse('{"__proto__":1}');
  apply(mirror, { from: 3, to: 4, floors, entries: [entry("constructor", 4, "", null)] });
  assert.deepEqual(keys(mirror), ["toString"]);
  assert.equal(/** @type {any} */ ({}).n, undefined);
});

test("the cursor names every type that an update has named", () => {
  const mirror = filled();
  apply(mirror, { type: "never_heard_of", epoch: "q7", reset: true, to: 42 });
  assert.equal(mirror.cursor(), "t:e:3,never_heard_of:q7:42");
  assert.deepEqual(mirror.head("never_heard_of"), { epoch: "q7", revision: 42 });
});

test("changedAt is when the newest change came, removals among them", () => {
  const mirror = filled();
  assert.equal(mirror.changedAt("t"), 1003);
  apply(mirror, { from: 3, to: 4, entries: [entry("b", 4, "y", null)] });
  assert.equal(mirror.changedAt("t"), 1004);
  apply(mirror, { reset: true, to: 4 });
  assert.equal(mirror.changedAt("t"), null);
});
