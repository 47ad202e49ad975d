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

test("replaces everything on reset, in any epoch", () => {
  const mirror = filled();
  const { changed, gaps } = apply(mirror, { reset: true, epoch: "f", to: 1, entries: [entry("z", 1)] });
  assert.deepEqual([keys(mirror), [...changed], gaps], [["z"], ["t"], []]);
  assert.equal(mirror.cursor(), "t:f:1");
});

test("applies a section that continues the copy", () => {
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
  test(`reports a section that ${what} as a gap`, () => {
    const mirror = filled();
    const { changed, gaps } = apply(mirror, { ...section, entries: [entry("z", section.to ?? 0)] });
    assert.deepEqual([gaps, changed.size], [["t"], 0]);
    assert.deepEqual([keys(mirror), mirror.cursor()], [["a", "b", "c"], "t:e:3"]);
  });
}

test("reports an unknown type without reset as a gap", () => {
  const mirror = new Mirror();
  assert.deepEqual(apply(mirror, { to: 1, entries: [entry("a", 1)] }).gaps, ["t"]);
  assert.equal(mirror.cursor(), "");
});

test("applies the other sections of an update with a gap", () => {
  const mirror = filled();
  const { changed, gaps } = apply(mirror, { from: 9, to: 10 }, { type: "u", reset: true, to: 1, entries: [entry("a", 1)] });
  assert.deepEqual([[...changed], gaps, keys(mirror, "u")], [["u"], ["t"], ["a"]]);
});

test("ignores a repeated section", () => {
  const mirror = filled();
  const { changed, gaps } = apply(mirror, { from: 1, to: 3, entries: [entry("a", 2, "", { n: "old" })] });
  assert.deepEqual([changed.size, gaps, keys(mirror)], [0, [], ["a", "b", "c"]]);
});

test("applies a reset to a lower revision", () => {
  const mirror = filled();
  apply(mirror, { reset: true, to: 2, entries: [entry("b", 2)] });
  assert.deepEqual([keys(mirror), mirror.cursor()], [["b"], "t:e:2"]);
});

test("removes a lane's entries at or below its floor", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, floors: { x: 1 }, entries: [entry("d", 4, "x")] });
  assert.deepEqual(keys(mirror), ["b", "c", "d"]);
});

test("applies the floor of lane \"\" to all lanes", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, floors: { "": 2 }, entries: [entry("d", 4, "x")] });
  assert.deepEqual(keys(mirror), ["c", "d"]);
});

test("applies each floor to its own lane", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, floors: { x: 3, "": 1, y: 1 }, entries: [entry("d", 4, "y")] });
  assert.deepEqual(keys(mirror), ["b", "d"]);
});

test("removes what a lane's stride skips, before it adds", () => {
  const mirror = filled();
  const numbered = [0, 1, 2, 3].map((number) => entry(`x:y:${number}`, number + 4, "x:y"));
  apply(mirror, { from: 3, to: 7, entries: [...numbered, entry("z:1", 8, "z")] });
  apply(mirror, { from: 7, to: 9, strides: { "x:y": 2 }, entries: [entry("x:y:5", 9, "x:y")] });
  assert.deepEqual(keys(mirror).slice(3), ["x:y:0", "x:y:2", "z:1", "x:y:5"]);
});

test("removes a key without a number from a thinned lane", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, strides: { x: 1 }, entries: [] });
  assert.deepEqual(keys(mirror), ["b"]);
});

test("counts what bounds have dropped, until the keyspace is reset", () => {
  const mirror = filled();
  assert.equal(mirror.dropped("t"), 0);
  apply(mirror, { from: 3, to: 4, dropped: 7, entries: [] });
  apply(mirror, { from: 4, to: 5, entries: [] });
  assert.equal(mirror.dropped("t"), 7);
  apply(mirror, { reset: true, to: 9, entries: [] });
  assert.deepEqual([mirror.dropped("t"), mirror.dropped("unknown")], [0, 0]);
});

test("removes a key whose value is null", () => {
  const mirror = filled();
  apply(mirror, { from: 3, to: 4, entries: [entry("b", 4, "y", null)] });
  assert.deepEqual([keys(mirror), mirror.count("t")], [["a", "c"], 2]);
});

test("accepts names of object properties as keys and lanes", () => {
  const mirror = new Mirror();
  const names = ["__proto__", "constructor", "toString"];
  apply(mirror, { reset: true, to: 3, entries: names.map((name, index) => entry(name, index + 1, name)) });
  assert.deepEqual(keys(mirror), names);
  const floors = JSON.parse('{"__proto__":1}');
  apply(mirror, { from: 3, to: 4, floors, entries: [entry("constructor", 4, "", null)] });
  assert.deepEqual(keys(mirror), ["toString"]);
  assert.equal(/** @type {any} */ ({}).n, undefined);
});

test("names every updated type in its cursor", () => {
  const mirror = filled();
  apply(mirror, { type: "never_heard_of", epoch: "q7", reset: true, to: 42 });
  assert.equal(mirror.cursor(), "t:e:3,never_heard_of:q7:42");
  assert.deepEqual(mirror.head("never_heard_of"), { epoch: "q7", revision: 42 });
});

test("reports the time of the newest change or removal", () => {
  const mirror = filled();
  assert.equal(mirror.changedAt("t"), 1003);
  apply(mirror, { from: 3, to: 4, entries: [entry("b", 4, "y", null)] });
  assert.equal(mirror.changedAt("t"), 1004);
  apply(mirror, { reset: true, to: 4 });
  assert.equal(mirror.changedAt("t"), null);
});
