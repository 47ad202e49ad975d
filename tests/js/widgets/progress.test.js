// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { widget } from "#stickyboard/page/widgets/progress.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} values received at 100 s, 101 s, … @param {any} [options] */
function tasksOf(values, options = {}) {
  return widget({ value: "done", label: "name", ...options }).model(viewOf({ a: values }), contextOf("a")).tasks;
}

/** @param {any} value @param {any} options @param {string} field */
function one(value, options, field) {
  return tasksOf([{ name: "t", ...value }], options)[0][field];
}

test("shows a share, of 1, of a number or of a field", () => {
  assert.deepEqual([one({ done: 0.256 }, {}, "percent"), one({ done: 0.256 }, {}, "amount")], ["26 %", ""]);
  assert.deepEqual([one({ done: 30 }, { max: 120 }, "share"), one({ done: 30 }, { max: 120 }, "amount")], [0.25, "30 of 120"]);
  assert.equal(one({ done: 30, of: { all: 60 } }, { max: "of.all" }, "percent"), "50 %");
});

test("names a single task by its type, but not one of several", () => {
  const namesOf = (/** @type {any[]} */ values) => tasksOf(values).map((/** @type {any} */ { name }) => name);
  assert.deepEqual([namesOf([{ name: "", done: 1 }]), namesOf([{ name: "", done: 1 }, { name: "b", done: 1 }])], [["Title of a"], ["", "b"]]);
});

test("writes what is done and the whole in the given format", () => {
  assert.equal(one({ done: 1.7e9 }, { max: 25.3e9, format: "bytes" }, "amount"), "1.7 GB of 25.3 GB");
});

test("is done only at the whole", () => {
  assert.deepEqual([one({ done: 0.999 }, {}, "percent"), one({ done: 0.999 }, {}, "isDone")], ["99 %", false]);
  assert.deepEqual([one({ done: 1, left: 9 }, { remaining: "left" }, "percent"), one({ done: 1, left: 9 }, { remaining: "left" }, "rest")], ["done", ""]);
});

test("clamps values beyond the whole or below 0 and says so", () => {
  const [more, less] = tasksOf([{ name: "a", done: 130 }, { name: "b", done: -5 }], { max: 120 }).reverse();
  assert.deepEqual([more.share, more.amount, more.isDone], [1, "130, more than the whole of 120", true]);
  assert.deepEqual([less.share, less.percent, less.amount], [0, "0 %", "-5, less than 0"]);
});

test("says that the number or the whole is unknown", () => {
  assert.deepEqual([one({ done: "x" }, {}, "amount"), one({ done: "x" }, {}, "share")], ["no number", null]);
  for (const all of [0, -1, null, "x"]) assert.deepEqual([one({ done: 3, all }, { max: "all" }, "amount"), one({ done: 3, all }, { max: "all" }, "share")], ["3, of an unknown whole", null]);
});

test("shows the remaining time as sent", () => {
  assert.equal(one({ done: 0.5, left: 90 }, { remaining: "left", started: "began" }, "rest"), "1 min 30 s left");
  assert.equal(one({ done: 0.5, left: -3 }, { remaining: "left" }, "rest"), "");
});

test("estimates the remaining time from the start", () => {
  assert.equal(one({ done: 0.25, began: 80 }, { started: "began" }, "rest"), "about 1 min left");
  for (const began of [100, 500, "x", null]) assert.equal(one({ done: 0.25, began }, { started: "began" }, "rest"), "");
  assert.equal(one({ done: 0, began: 80 }, { started: "began" }, "rest"), "");
});

test("shows a state and a note instead of guessing by the whole", () => {
  const options = { max: 10, state: "state", note: "note" };
  const [failed, running, done] = tasksOf([{ name: "a", done: 10, state: "failed", note: "ValueError: x" }, { name: "b", done: 10, state: "running" }, { name: "c", done: 3, state: "done" }], options);
  assert.deepEqual([failed.percent, failed.isFailed, failed.note], ["failed", true, "ValueError: x"]);
  assert.deepEqual([running.percent, running.isDone], ["99 %", false]);
  assert.deepEqual([done.percent, done.share, done.amount], ["done at 30 %", 0.3, "3 of 10"]); // ended early
  assert.deepEqual([one({ state: "done" }, options, "percent"), one({ state: "done" }, options, "share")], ["done", 1]);
});

test("marks a running task without an update", () => {
  const silent = (/** @type {number} */ nowS, state = "running") =>
    widget({ value: "done", label: "name", state: "state", silent_s: 60 }).model(viewOf({ a: [{ name: "t", done: 0.5, state }] }), { ...contextOf("a"), nowS });
  assert.deepEqual([silent(160).tasks[0].isSilent, silent(160).mayFallSilent], [false, true]);
  assert.deepEqual([silent(161).tasks[0].isSilent, silent(161).tasks[0].rest], [true, "no update for 1 min 1 s"]);
  assert.deepEqual([silent(999, "failed").tasks[0].isSilent, silent(999, "failed").mayFallSilent], [false, false]);
});

test("shows tasks in progress first, and a bounded number", () => {
  const values = [{ name: "n10", done: 0 }, { name: "n2", done: 0 }, { name: "n1", done: 1 }];
  assert.deepEqual(tasksOf(values).map((/** @type {any} */ task) => task.name), ["n2", "n10", "n1"]);
  const many = Array.from({ length: 10_000 }, (_, index) => ({ name: `${index}`, done: 0 }));
  const model = widget({ value: "done", label: "name" }).model(viewOf({ a: many }), contextOf("a"));
  assert.deepEqual([model.tasks.length, model.all], [100, 10_000]);
});

test("names a task without a name by its event type", () => {
  const view = { entries: () => [{ key: "", lane: "", revision: 1, at: 0, value: { done: 0.5 } }] };
  assert.deepEqual(widget({ value: "done" }).model(view, contextOf("a")).tasks.map((/** @type {any} */ task) => task.name), ["Title of a"]);
});

test("tables the numbers as they were sent", () => {
  const table = widget({ value: "done", max: "all", label: "name", started: "began" }).table?.(viewOf({ a: [{ name: "t", done: 1 / 3, all: 2, began: 5 }] }), contextOf("a"));
  assert.deepEqual(table, { columns: ["name", "done", "max", "began"], rows: [["t", 1 / 3, 2, 5]] });
});
