// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { modelOf } from "#stickyboard/page/widgets/alert_banner.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} values received at 100 s, 101 s, … @param {string[]} [dismissed] keys */
function bannersOf(values, dismissed = []) {
  return modelOf(viewOf({ a: values }), { ...contextOf("a"), nowS: 200 }, new Set(dismissed));
}

const ALERT = { title: "loss is NaN", level: "warn", run: "r", until: 1000 };

test("shows the newest alerts first, and counts the rest", () => {
  const { shown, more, all } = bannersOf(Array.from({ length: 6 }, (_, n) => ({ ...ALERT, title: String(n) })));
  assert.deepEqual([shown.map(({ title }) => title), more, all.length], [["5", "4", "3", "2"], 2, 6]);
});

test("hides what has expired or was dismissed", () => {
  const view = viewOf({ a: [ALERT, { ...ALERT, until: 200 }, { ...ALERT, until: 201 }] });
  const [first] = view.entries("a");
  const { shown, nextS } = modelOf(view, { ...contextOf("a"), nowS: 200 }, new Set([first.key]));
  assert.deepEqual([shown.map(({ until }) => until), nextS], [[201], 201]);
});

test("is empty without an alert, so that its scene is hidden", () => {
  assert.equal(bannersOf([{ ...ALERT, until: 0 }]).isEmpty, true);
  assert.equal(bannersOf([ALERT]).isEmpty, false);
});

test("marks the board, except for notes", () => {
  const { alerts } = bannersOf([ALERT, { ...ALERT, level: "info" }, { ...ALERT, level: "constructor", title: 7 }]);
  assert.deepEqual(alerts, [{ level: "alert", text: "7" }, { level: "warn", text: "loss is NaN" }]);
});
