// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import * as api from "#stickyboard/page/api.js";
import { widget } from "#stickyboard/page/widgets/custom.js";

import { contextOf, viewOf } from "../fakes.js";

const [VIEW, CONTEXT] = [viewOf({ own: [{ n: 1 }] }), contextOf("own")];
const PAGE = readFileSync(new URL("../../../docs/reference/custom_widgets.md", import.meta.url), "utf8");
let made = 0;

/** @param {any} exports of the module, or an error @returns {Promise<import("#stickyboard/page/widget.js").Widget>} once it is loaded */
async function loadedWith(exports) {
  const load = async () => {
    if (exports instanceof Error) throw exports;
    return exports;
  };
  const custom = widget({ module: `shop/${(made += 1)}.js`, settings: { unit: "kg" } }, load);
  await new Promise((done) => setTimeout(done));
  return custom;
}

test("passes settings, view, context and model to the module", async () => {
  /** @type {any[]} */
  const painted = [];
  const module = {
    widget: (/** @type {any} */ { unit }) => ({
      empty: { text: "Nothing." },
      options: [{ name: "a", title: "A", choices: [{ value: "x", title: "X" }] }],
      model: (/** @type {any} */ view, /** @type {any} */ context) => `${api.valuesOf(view, context)[0].n} ${unit}`,
      paint: (/** @type {any} */ _, /** @type {any} */ model) => painted.push(model),
    }),
  };
  const custom = await loadedWith(module);
  custom.paint(/** @type {any} */ (null), custom.model(VIEW, CONTEXT));
  assert.deepEqual([painted, custom.empty.text, custom.options?.length, custom.failure], [["1 kg"], "Nothing.", 1, undefined]);
});

test("has a table if the module has none", async () => {
  const module = { widget: () => ({ empty: { text: "" }, model: () => 1, paint: () => undefined }) };
  assert.deepEqual((await loadedWith(module)).table?.(VIEW, CONTEXT), { columns: ["key", "value"], rows: [["0", '{"n":1}']] });
});

test("fails alone if the module is missing, faulty or incomplete", async () => {
  const faulty = [
    new TypeError("404"),
    {},
    { widget: () => ({ model: () => 1 }) },
    { widget: () => assert.fail("no settings") },
    { widget: () => ({ empty: { text: "" }, model: () => 1, paint: () => 1, options: [{ name: "a", title: "A", choices: [] }] }) },
    { widget: () => { throw { toString: () => assert.fail() }; } },
  ];
  for (const exports of faulty) assert.match((await loadedWith(exports)).failure ?? "", /could not be loaded/);
});

test("names what a function of the module returns instead of its result", async () => {
  const wrong = { empty: { text: "" }, model: async () => 1, paint: async () => undefined, table: () => null };
  const custom = await loadedWith({ widget: () => wrong });
  assert.throws(() => custom.model(VIEW, CONTEXT), /model returned a promise/);
  assert.throws(() => custom.paint(/** @type {any} */ (null), 1), /paint returned a promise/);
  assert.throws(() => custom.table?.(VIEW, CONTEXT), /table returned no/);
  for (const table of [{ columns: [], rows: [1] }, { rows: [] }]) {
    const other = await loadedWith({ widget: () => ({ ...wrong, table: () => table }) });
    assert.throws(() => other.table?.(VIEW, CONTEXT), /table returned no/);
  }
});

test("shows only a short text as what the module does not show", async () => {
  for (const [returned, shown] of [[{ a: 1 }, undefined], [7, undefined], ["3 of 4 hosts", "3 of 4 hosts"], ["x".repeat(1e6), `${"x".repeat(1000)}…`]]) {
    const custom = await loadedWith({ widget: () => ({ empty: { text: "" }, model: () => 1, paint: () => returned }) });
    assert.equal(custom.paint(/** @type {any} */ (null), 1), shown);
  }
});

test("has no failure while the module is loading", () => {
  const custom = widget({ module: "shop/slow.js", settings: {} }, () => new Promise(() => undefined));
  assert.deepEqual([custom.failure, custom.model(VIEW, CONTEXT), custom.empty.text], [undefined, undefined, "No events yet."]);
});

test("documents every function of the API, and no other", () => {
  const functions = PAGE.slice(PAGE.indexOf("## Functions"));
  const documented = [...functions.matchAll(/^\| `(?:new )?(\w+)\(/gm)].map(([, name]) => name);
  assert.deepEqual(documented.sort(), Object.keys(api).sort());
});

test("documents an example that works", async () => {
  const [, source] = /```js\n([^]*?)```/.exec(PAGE) ?? [];
  const url = import.meta.resolve("#stickyboard/page/api.js");
  const module = await import(`data:text/javascript,${encodeURIComponent(source.replace('"stickyboard"', JSON.stringify(url)))}`);
  const custom = await loadedWith(module);
  assert.equal(custom.failure, undefined);
  const view = viewOf({ place: [{ name: "Ghent", x: 0.4, y: 0.7, heat: 31 }, { name: "Bruges" }] });
  assert.deepEqual(custom.model(view, contextOf("place")).places, [{ name: "Ghent", x: 0.4, y: 0.7, text: "31" }]);
  assert.deepEqual(custom.table?.(view, contextOf("place")).rows.length, 2);
});
