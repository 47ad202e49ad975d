// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { loadAll, modules, widgetOf } from "#stickyboard/page/scene_loader.js";
import { modulesOf, scenesOf } from "#stickyboard/page/scenes.js";

import { viewOf } from "./fakes.js";

const EVENT_TYPES = ["a", "b"].map((name) => ({ name, title: `Title of ${name}` }));

/** @param {string} module @param {object} [options] @param {string[]} [types] */
const tile = (module, options = {}, types = ["a"]) => ({ types, title: `Tile of ${types}`, widget: "sum", module, options });

/** @param {string} name @param {...ReturnType<typeof tile>} tiles */
const scene = (name, ...tiles) => ({ name, title: `Title of ${name}`, number: null, size: /** @type {const} */ ("narrow"), tiles });

/** A widget that adds up a field. */
const SUM = {
  widget: (/** @type {{field: string}} */ { field }) => ({
    empty: { text: "Nothing yet." },
    model(/** @type {any} */ view, /** @type {any} */ { eventTypes, isTile }) {
      const values = eventTypes.flatMap((/** @type {any} */ { name }) => view.entries(name).map((/** @type {any} */ entry) => entry.value[field]));
      if (values.includes("bad")) throw new Error("bad value");
      const total = values.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
      return { total, isTile, alerts: total > 2 ? [{ level: "alert", text: "many" }] : [] };
    },
    paint: () => undefined,
    table: (/** @type {any} */ view, /** @type {any} */ { eventTypes }) => ({ columns: [eventTypes[0].name], rows: [[view.entries(eventTypes[0].name).length]], hidden: "Some." }),
  }),
};

test("draws one widget over several event types", () => {
  modules.set("sum.js", SUM);
  const [{ module, eventTypes, title }] = scenesOf([scene("both", tile("sum.js", { field: "n" }, ["a", "b"]))], EVENT_TYPES);
  const model = module.model(viewOf({ a: [{ n: 1 }], b: [{ n: 1 }] }), { eventTypes });
  assert.deepEqual([title, model.total, model.isTile], ["Title of both", 2, undefined]);
});

test("draws several widgets as tiles, with the alerts of all", () => {
  modules.set("sum.js", SUM);
  const scenes = [scene("strip", tile("sum.js", { field: "n" }), tile("sum.js", { field: "n" }, ["b"]), tile("none.js"))];
  const [{ module, eventTypes }] = scenesOf(scenes, EVENT_TYPES);
  const { parts, alerts } = module.model(viewOf({ a: [{ n: 3 }] }), { eventTypes });
  assert.deepEqual(parts.map((/** @type {any} */ { text, model }) => text || [model.total, model.isTile]), [[3, true], "–", parts[2].text]);
  assert.match(parts[2].text, /could not be loaded/);
  assert.deepEqual(alerts, [{ level: "alert", text: "many" }]);
});

test("confines an error to its tile", () => {
  modules.set("sum.js", SUM);
  const [{ module, eventTypes }] = scenesOf([scene("strip", tile("sum.js", { field: "n" }), tile("sum.js", { field: "m" }))], EVENT_TYPES);
  const { parts } = module.model(viewOf({ a: [{ n: "bad", m: 1 }] }), { eventTypes });
  assert.deepEqual([parts[0].text, parts[1].model.total], ["Error: bad value", 1]);
});

test("joins the tables of tiles", () => {
  modules.set("sum.js", SUM);
  const [{ module, eventTypes }] = scenesOf([scene("strip", tile("sum.js"), tile("sum.js", {}, ["b"]))], EVENT_TYPES);
  assert.deepEqual(module.table?.(viewOf({ a: [1, 2], b: [3] }), { eventTypes }), {
    columns: ["total", "a", "b"], rows: [["Tile of a", 2, null], ["Tile of b", null, 1]], hidden: "Some. Some.",
  });
});

test("reports a module that is missing, faulty or throws", async () => {
  await loadAll(["gone.js"], () => Promise.reject(new Error("404")));
  modules.set("empty.js", { widget: () => ({ model: () => null }) });
  modules.set("throws.js", { widget: () => assert.fail("no options") });
  for (const [name, reason] of [["gone.js", /404/], ["empty.js", /paint, empty/], ["throws.js", /no options/], ["never.js", /model/]]) {
    assert.match(widgetOf(tile(String(name))).failure ?? "", /** @type {RegExp} */ (reason));
  }
});

test("loads each module once, from the static files", async () => {
  const scenes = [scene("x", tile("shop/map.js"), tile("stickyboard/page/widgets/lines.js")), scene("y", tile("shop/map.js"))];
  /** @type {string[]} */
  const urls = [];
  await loadAll(modulesOf(scenes), async (url) => urls.push(url.split("/static/")[1]));
  assert.deepEqual(urls, ["shop/map.js", "stickyboard/page/widgets/lines.js"]);
});
