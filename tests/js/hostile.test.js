// @ts-check
/** Producers' names that are names of inherited properties in JavaScript, in every widget. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";

import { contextOf, viewOf } from "./fakes.js";
import { isPlainData } from "./plain_data.js";

const FOLDER = new URL("../../broadcast/static/stickyboard/page/widgets/", import.meta.url);
const NAMES = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "__defineGetter__", "isPrototypeOf"];

/** @type {Record<string, object>} */
const OPTIONS = {
  alert_banner: {},
  bars: { value: "number", label: "name", detail: "note" },
  feed: { text: "{name}: {number}", title_field: "name", level: "name" },
  heatmap: { row: "name", value: "number", flag: "flag", cells: 60, detail: ["name"] },
  histogram: { values: "list", series: "name", max_bins: 10 },
  image: { source: "name", caption: "name", label: "name", strip: 3 },
  lines: { y: "map", series: "name", x: "number", smooth: 0, y_scale: "linear" },
  matrix: { row: "name", column: "number", category: "name", compare_to: "note", shares: "map" },
  number: { value: "number", label: "name" },
  progress: { value: "number", max: 10, label: "name" },
  run_list: {},
  scatter: { x: "number", y: "number", category: "name" },
  share: { value: "map", top: 8 },
  table: { columns: ["name", "map"], filter: true },
  text: { body: "name", format: "markdown" },
  timeline: { lane: "name", state: "name", since: "@time" },
};

/** As it comes over the wire, where `__proto__` is a name like any other. @param {string} name */
function valueWith(name) {
  return JSON.parse(`{"name": "${name}", "note": "${name}", "number": 3, "flag": true, "list": [1, 2], "map": {"${name}": 0.5}}`);
}

for (const file of readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((each) => each.endsWith(".js") && each !== "custom.js")) {
  const kind = file.slice(0, -3);
  test(`treats inherited names as plain names in ${kind}`, async () => {
    const { widget } = await import(new URL(file, FOLDER).href);
    assert.ok(OPTIONS[kind], `no options for ${kind}`);
    const drawn = widget(OPTIONS[kind]);
    for (const name of NAMES) {
      const view = viewOf({ a: [valueWith(name), valueWith("other")] });
      const context = { ...contextOf("a"), options: {}, nowS: 0 };
      const [model, table] = [drawn.model(view, context), drawn.table?.(view, context)];
      isPlainData(model, `${kind} with ${name}`);
      for (const cell of table?.rows.flat() ?? []) assert.ok(cell === null || typeof cell !== "object", `${kind} with ${name}`);
      isPlainData(table, `${kind} with ${name}`);
    }
  });

  test(`survives missing fields and values of other types in ${kind}`, async () => {
    const { widget } = await import(new URL(file, FOLDER).href);
    const drawn = widget(OPTIONS[kind]);
    const odd = [null, 3, "x", [], {}, { name: null, number: "3", map: [], list: "x" }, { name: { a: 1 }, number: null, map: { a: "x" }, list: [null, "x"] }];
    const view = viewOf({ a: odd });
    const context = { ...contextOf("a"), options: {}, nowS: 0 };
    assert.doesNotThrow(() => [drawn.model(view, context), drawn.table?.(view, context)]);
  });
}
