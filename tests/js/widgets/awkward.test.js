// @ts-check
/** Events that a Struct's optional and unknown fields allow: odd names, odd numbers, and values of any type. */
import assert from "node:assert/strict";
import test from "node:test";

import { widget as bars } from "#stickyboard/page/widgets/bars.js";
import { widget as number } from "#stickyboard/page/widgets/number.js";
import { widget as progress } from "#stickyboard/page/widgets/progress.js";
import { widget as table } from "#stickyboard/page/widgets/table.js";

import { contextOf, viewOf } from "../fakes.js";
import { isPlainData } from "../plain_data.js";

/** @type {import("#stickyboard/page/thresholds.js").Threshold[]} */
const THRESHOLDS = [{ at: 1, word: "high", level: "alert", side: "above" }];
const COLUMNS = ["name", { field: "v", best: "max", bar: "auto" }, { field: "v", format: "bytes", bar: "log", best: "min" }];
/** @type {Record<string, any>} */
const WIDGETS = {
  bars: bars({ label: "name", value: "v", interval: "pair", detail: ["more"], thresholds: THRESHOLDS }),
  "bars of maps": bars({ value: "map" }),
  number: number({ label: "name", value: "v", target: "more", thresholds: THRESHOLDS }),
  progress: progress({ label: "name", value: "v", max: "more", remaining: "left", started: "began" }),
  table: table({}),
  "table of columns": table({ columns: COLUMNS, sort: "-v" }),
};
const NAMES = ["constructor", "__proto__", "toString", "", " ", "n".repeat(200), "שלום", "👩‍👩‍👧", "a\u202eb", "<b>"];
const NUMBERS = [0, -0, 1e-300, 5e-324, 1e16, 1e16 + 2, -1.7e308, 1.7e308, -1];
const OTHERS = [null, undefined, true, "12", "", [], [1, 2, 3], [null, "x"], {}, { a: { b: 1 } }];

/** @param {any[]} values @param {string} what */
function check(values, what) {
  for (const [name, widget] of Object.entries(WIDGETS)) {
    for (const policy of ["last_value", "ring"]) {
      const context = { ...contextOf("a"), options: {} };
      Object.assign(context.eventTypes[0], { policy });
      isPlainData(widget.model(viewOf({ a: values }), context), `${name}: ${what}`);
      const { columns, rows } = widget.table(viewOf({ a: values }), context);
      for (const row of rows) {
        assert.equal(row.length, columns.length, `${name}: ${what}`);
        for (const cell of row) assert.ok(cell === null || ["string", "number", "boolean"].includes(typeof cell), `${name}: ${what}: ${typeof cell}`);
      }
    }
  }
}

test("draws any names, also as keys of a map", () => {
  const map = JSON.parse(`{${NAMES.map((name, index) => `${JSON.stringify(name)}:${index}`).join()}}`);
  check(NAMES.map((name) => ({ name, v: 1, map, pair: [0, 1], more: 2 })), "names");
});

test("draws any finite numbers", () => {
  check(NUMBERS.map((v, index) => ({ name: `${index}`, v, map: { v }, pair: [v, -v], more: v, left: v, began: v })), "numbers");
});

test("draws values of any type, and events that are not objects", () => {
  for (const other of OTHERS) check([{ name: other, v: other, map: other, pair: other, more: other, left: other, began: other }, { name: "b", v: 1 }], JSON.stringify(other));
  check([5, null, "text", [1], {}], "no objects");
});

test("draws 10,000 keys", () => {
  const view = viewOf({ a: Array.from({ length: 10_000 }, (_, index) => ({ name: `n${index}`, v: index, map: { [index]: index } })) });
  for (const widget of Object.values(WIDGETS)) assert.ok(widget.model(view, { ...contextOf("a"), options: {} }));
});
