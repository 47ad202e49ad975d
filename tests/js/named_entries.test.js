// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { distinctNames, namedEntries } from "#stickyboard/page/named_entries.js";

import { contextOf } from "./fakes.js";

/** @param {Record<string, [key: string, lane: string, value: any][]>} entriesByType */
function viewOf(entriesByType) {
  return {
    /** @param {string} type */
    entries: (type) => (entriesByType[type] ?? []).map(([key, lane, value], index) => ({ key, lane, revision: index + 1, at: index, value })),
  };
}

/** @param {ReturnType<typeof namedEntries>} entries */
function namesOf(entries) {
  return entries.map(({ name }) => name);
}

test("names an entry by its label, or by its key", () => {
  const view = viewOf({ a: [["k1", "", { name: "x" }], ["k2", "", { name: 5 }], ["k3", "", {}], ["k4", "", { name: { a: 1 } }]] });
  assert.deepEqual(namesOf(namedEntries(view, contextOf("a"), "name")), ["x", "5", "k3", "k4"]);
});

test("distinguishes equal labels of one type by key", () => {
  const view = viewOf({ a: [["r1:gbt", "", { model: "gbt" }], ["r2:gbt", "", { model: "gbt" }], ["r1:mlp", "", { model: "mlp" }]] });
  assert.deepEqual(namesOf(namedEntries(view, contextOf("a"), "model")), ["gbt (r1:gbt)", "gbt (r2:gbt)", "mlp"]);
});

test("distinguishes equal labels of two types by title, then by key", () => {
  const view = viewOf({ a: [["1", "", { m: "x" }], ["2", "", { m: "x" }]], b: [["1", "", { m: "x" }]] });
  const entries = namedEntries(view, contextOf("a", "b"), "m");
  assert.deepEqual(namesOf(entries), ["x (Title of a) (1)", "x (Title of a) (2)", "x (Title of b)"]);
  assert.equal(new Set(entries.map(({ id }) => id)).size, 3);
});

test("returns the newest entry per lane of a ring, with its history", () => {
  const context = contextOf("a");
  Object.assign(context.eventTypes[0], { policy: "ring" });
  const view = viewOf({ a: [["1", "h1", { n: 1 }], ["2", "h2", { n: 2 }], ["3", "h1", { n: 3 }]] });
  const entries = namedEntries(view, context);
  assert.deepEqual(entries.map(({ name, value, history }) => [name, value.n, history.length]), [["h2", 2, 1], ["h1", 3, 2]]);
});

test("qualifies only equal names, by the first difference", () => {
  const items = [["a", "A", "1"], ["a", "A", "2"], ["b", "A", "1"], ["__proto__", "A", "1"], ["__proto__", "B", "1"]].map(([name, ...qualifiers]) => ({ name, qualifiers }));
  assert.deepEqual(distinctNames(items), ["a (1)", "a (2)", "b", "__proto__ (A)", "__proto__ (B)"]);
  assert.deepEqual(distinctNames([]), []);
});
