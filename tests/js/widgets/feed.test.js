// @ts-check
process.env.TZ = "UTC";
import assert from "node:assert/strict";
import test from "node:test";

import { levelsOf, matching, newSince } from "#stickyboard/page/log_lines.js";
import { templateOf } from "#stickyboard/page/template.js";
import { followedOf, widget } from "#stickyboard/page/widgets/feed.js";

import { contextOf, viewOf } from "../fakes.js";

/** @param {any[]} values @param {object} [options] */
function modelOf(values, options = {}) {
  return widget({ text: "{message}", lines: 500, ...options }).model(viewOf({ log: values }), contextOf("log"));
}

/** @param {Partial<import("#stickyboard/page/log_lines.js").Line>[]} lines */
function linesOf(...lines) {
  return lines.map((line, index) => ({ id: String(index), atS: index, level: "", title: "", text: "", ...line }));
}

test("fills its template from an event's fields", () => {
  const textOf = templateOf("{user} paid {price:.2f} for {item.name}: {{{count}}}");
  assert.equal(textOf({ user: "Ada", price: 9.5, item: { name: "tea" }, count: 1234 }), "Ada paid 9.50 for tea: {1,234}");
  assert.equal(textOf({ user: null, item: "tea" }), "– paid – for –: {–}");
});

test("reads own properties only", () => {
  const textOf = templateOf("{constructor} {__proto__} {a.toString} {}");
  assert.equal(textOf({ a: {} }), "– – – {}");
  assert.equal(textOf(JSON.parse('{"constructor": "c", "__proto__": "p"}')), "c p – {}");
});

test("writes values of every type, bounded in length", () => {
  const textOf = templateOf("{a}|{b}");
  assert.equal(textOf({ a: [1, { x: true }], b: false }), '[1,{"x":true}]|no');
  assert.equal(textOf({ a: "\u001b[31mred\u001b[0m", b: "x".repeat(9999) }), `red|${"x".repeat(2000)}…`);
});

test("isolates right-to-left fields, which would reorder the numbers beside them", () => {
  const textOf = templateOf("{who} {grams}");
  assert.equal(textOf({ who: "حقل 7", grams: 12 }), "\u2068حقل 7\u2069 12");
  assert.equal(textOf({ who: "حقل\n7", grams: 12 }), "حقل\n7 12");
});

test("shows the newest lines, the newest at the end", () => {
  const { lines, all } = modelOf(Array.from({ length: 7 }, (_, index) => ({ message: `m${index}` })), { lines: 3 });
  assert.deepEqual([lines.map((/** @type {any} */ { text }) => text), all], [["m4", "m5", "m6"], 7]);
});

test("reads level, title and time from fields, if they have the right type", () => {
  const options = { level: "level", title_field: "who", time: "at" };
  const { lines } = modelOf([{ message: "m", level: "error", who: "ada", at: 60 }, { level: 3, at: "now" }, { at: 1e300 }], options);
  assert.deepEqual(lines[0], { id: "log 1", atS: 60, level: "error", title: "ada", text: "m" });
  assert.deepEqual(lines.slice(1).map((/** @type {any} */ line) => [line.atS, line.level, line.title]), [[null, "3", "–"], [null, "", "–"]]);
  assert.equal(modelOf([{ message: "m" }]).lines[0].atS, 100);
  assert.deepEqual(modelOf(["text", null]).lines.map((/** @type {any} */ { text }) => text), ["–", "–"]);
});

test("builds a line once", () => {
  const entries = viewOf({ log: [{ message: "m" }] }).entries("log");
  const feed = widget({ text: "{message}", lines: 5 });
  const [one, two] = [1, 2].map(() => feed.model({ entries: () => entries }, contextOf("log")).lines[0]);
  assert.equal(one, two);
});

test("mixes several event types by time", () => {
  const feed = widget({ text: "{m}", lines: 5 });
  const { lines } = feed.model(viewOf({ a: [{ m: "a0" }, { m: "a1" }], b: [{ m: "b0" }] }), contextOf("a", "b"));
  assert.deepEqual(lines.map((/** @type {any} */ { text }) => text), ["a0", "b0", "a1"]);
});

test("orders levels by severity, and other words after them", () => {
  const levels = ["error", "zeta", "INFO", "debug", "warning", ""];
  assert.deepEqual(levelsOf(linesOf(...levels.map((level) => ({ level })))), ["debug", "INFO", "warning", "error", "zeta"]);
});

test("filters by level and above, and by text", () => {
  const lines = linesOf({ level: "info", text: "Start" }, { level: "warn", text: "slow disk" }, { level: "critical", title: "DISK" }, { level: "own" });
  const idsOf = (/** @type {string} */ level, /** @type {string} */ text) => matching(lines, { level, text }).map(({ id }) => id);
  assert.deepEqual([idsOf("", ""), idsOf("warning", ""), idsOf("own", ""), idsOf("", "Disk")], [["0", "1", "2", "3"], ["1", "2"], ["3"], ["1", "2"]]);
  assert.deepEqual(idsOf("error", "disk"), ["2"]);
});

test("counts what came after the lines that were shown", () => {
  const lines = linesOf({}, {}, {});
  assert.deepEqual(newSince(lines, lines.slice(0, 1)).map(({ id }) => id), ["1", "2"]);
  assert.equal(newSince(lines, linesOf({ id: "evicted" })).length, 3);
  assert.deepEqual([newSince(lines, lines).length, newSince(lines, []).length], [0, 3]);
});

test("tables every line", () => {
  const feed = widget({ text: "{message}", lines: 1, level: "level" });
  const table = feed.table?.(viewOf({ log: [{ message: "a", level: "info" }, { message: "b" }] }), contextOf("log"));
  assert.deepEqual(table, {
    columns: ["time", "level", "text"],
    rows: [["1970-01-01T00:01:40.000Z", "info", "a"], ["1970-01-01T00:01:41.000Z", "", "b"]],
  });
});

test("builds two screens of lines while it follows", () => {
  const counts = [0, 100, 240, 2160].map((height) => followedOf({ height, emPx: 16 }));
  assert.deepEqual(counts, [20, 20, 26, 226]);
});
