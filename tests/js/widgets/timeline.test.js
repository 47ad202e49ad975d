// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { modelOf, tooltipOf, widget } from "#stickyboard/page/widgets/timeline.js";

const OPTIONS = { lane: "machine", state: "state", since: "since" };

/** @param {any[]} values @returns entries that arrive at 100, 101, … */
function entriesOf(values) {
  return values.map((value, index) => ({ key: `${index}`, lane: "", revision: index + 1, at: 100 + index, value }));
}

/** @param {any[]} values @param {{options?: object, nowS?: number, staleAfterS?: number | null}} [more] */
function modelFrom(values, { options = {}, nowS = 200, staleAfterS = null } = {}) {
  const eventTypes = [{ name: "state", title: "State", staleAfterS }];
  return modelOf(entriesOf(values), { eventTypes, nowS }, { ...OPTIONS, ...options });
}

/** @param {string} machine @param {any} state @param {any} [since] */
function event(machine, state, since) {
  return { machine, state, since };
}

/** @param {ReturnType<typeof modelFrom>} model @param {number} [row] */
function spansOf({ rows }, row = 0) {
  return rows[row].cells.map(({ span: { state, from, to } }) => [state, from, to]);
}

test("draws each state until the next one, the last until now", () => {
  const model = modelFrom([event("b-10", "on", 100), event("b-2", "idle", 150), event("b-10", "off", 180)]);
  assert.deepEqual(model.rows.map(({ name }) => name), ["b-2", "b-10"]);
  assert.deepEqual(spansOf(model, 1), [["on", 100, 180], ["off", 180, null]]);
  assert.deepEqual(model.rows[1].cells.map(({ start, end }) => [start, end]), [[0, 0.8], [0.8, 1]]);
  assert.deepEqual(model.rows[0].cells.map(({ start, end }) => [start, end]), [[0.5, 1]]);
});

test("joins a state that is reported again", () => {
  assert.deepEqual(spansOf(modelFrom([event("a", "on", 1), event("a", "on", 1), event("a", "on", 9), event("a", "off", 10)])), [["on", 1, 10], ["off", 10, null]]);
});

test("sorts events by time, those of one time by arrival", () => {
  const model = modelFrom([event("a", "c", 30), event("a", "a", 10), event("a", "b", 30), event("a", "d", 30)]);
  assert.deepEqual(spansOf(model), [["a", 10, 30], ["c", 30, 30], ["b", 30, 30], ["d", 30, null]]);
  assert.equal(new Set(model.rows[0].cells.map(({ id }) => id)).size, 4);
});

test("takes the server's time for events without one", () => {
  const values = [event("a", "on", "x"), event("a", "off", 1e16), event("a", "on", null)];
  assert.deepEqual(spansOf(modelFrom(values)), [["on", 100, 101], ["off", 101, 102], ["on", 102, null]]);
  assert.deepEqual(spansOf(modelFrom([event("a", "on", 5)], { options: { since: "@time" } })), [["on", 100, null]]);
});

test("has true and false as states, and gaps after null", () => {
  assert.deepEqual(spansOf(modelFrom([event("a", true, 1), event("a", false, 2)])), [["true", 1, 2], ["false", 2, null]]);
  const gap = modelFrom([event("a", "on", 1), event("a", null, 5), event("a", {}, 6), event("a", "on", 7), { machine: null, state: "on" }]);
  assert.deepEqual(spansOf(gap), [["on", 1, 5], ["on", 7, null]]);
});

test("does not begin a state in the future", () => {
  const [{ cells }] = modelFrom([event("a", "on", 100), event("a", "off", 4e9)], { nowS: 200 }).rows;
  assert.deepEqual(cells.map(({ start, end }) => [start, end]), [[0, 1], [1, 1]]);
});

test("has an axis of a second for a single instant", () => {
  const { left, nowS, rows } = modelFrom([event("a", "on", 101)], { nowS: 101 });
  assert.deepEqual([left, nowS, rows[0].cells[0].start, rows[0].cells[0].end], [100, 101, 1, 1]);
  assert.ok(modelFrom([event("a", "on")], { nowS: 0 }).nowS === 100);
});

test("gives each state one colour and a letter", () => {
  const { states } = modelFrom([event("a", "running"), event("b", "ready"), event("c", "running")]);
  assert.deepEqual([...states.values()].map(({ name, letter }) => [name, letter]), [["ready", "R"], ["running", "U"]]);
});

test("says since when nothing has arrived, if that is stale", () => {
  const values = [event("a", "on", 50), event("a", "off", 60)];
  assert.equal(modelFrom(values, { staleAfterS: 99 }).staleS, null);
  const model = modelFrom(values, { staleAfterS: 98 });
  assert.equal(model.staleS, 101);
  assert.match(model.sentence, /1 row of states; nothing new since .*: a off/);
  const [on, off] = model.rows[0].cells.map((cell) => tooltipOf(model.rows[0], cell, model).lines.map(({ name, value }) => [name, value]));
  assert.match(off[2][1], /^now; nothing new since \d\d:\d\d:41$/);
  assert.doesNotMatch(on[2][1], /since/);
});

test("shows a state's times and duration in a tooltip", () => {
  const model = modelFrom([event("a", "on", 60), event("a", "off", 185)]);
  const [{ cells }] = model.rows;
  const { title, lines } = tooltipOf(model.rows[0], cells[0], model);
  assert.deepEqual([title, lines[0].name, lines[0].symbol, lines[3]], ["a", "on", "N", { symbol: "", colour: null, name: "duration", value: "2 min 5 s" }]);
  assert.deepEqual(tooltipOf(model.rows[0], cells[1], model).lines.slice(2).map(({ value }) => value), ["now", "15 s"]);
});

test("tables every state, newest first", () => {
  const view = { entries: () => entriesOf([event("a", "on", 0), event("b", "x", 2), event("a", "off", 5)]) };
  assert.deepEqual(widget(OPTIONS).table?.(view, { eventTypes: [{ name: "s", title: "S" }] }), {
    columns: ["machine", "state", "from", "to", "seconds"],
    rows: [
      ["a", "off", "1970-01-01T00:00:05.000Z", null, null],
      ["b", "x", "1970-01-01T00:00:02.000Z", null, null],
      ["a", "on", "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:05.000Z", 5],
    ],
  });
});
