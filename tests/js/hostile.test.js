// @ts-check
/** Producers' names that are names of inherited properties in JavaScript. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";

import { contextOf, viewOf } from "./fakes.js";
import { isPlainData } from "./plain_data.js";

const FOLDER = new URL("../../broadcast/static/stickyboard/page/scenes/", import.meta.url);
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
/** @type {{name: string, module: any}[]} */
const SCENES = await Promise.all(
  files.map(async (file) => ({ name: file.slice(0, -3), module: await import(new URL(file, FOLDER).href) })),
);
/** @param {string} name */
const moduleOf = (name) => SCENES.find((line) => line.name === name)?.module;
const NAMES = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "__defineGetter__", "isPrototypeOf"];

/** As it comes over the wire, where `__proto__` is a name like any other. @param {[string, number][]} pairs */
function numbersBy(pairs) {
  return JSON.parse(`{${pairs.map(([name, number]) => `${JSON.stringify(name)}:${number}`).join()}}`);
}

/** @param {string} name @param {string} other @returns {Record<string, any[]>} per event type, two values of which one alone has `name` */
function valuesWith(name, other) {
  return {
    host_counts: [{ counts: numbersBy([[name, 3], [other, 4]]) }],
    phase_mix: [{ shares: numbersBy([[name, 0.5], [other, 0.25]]) }],
    recent_episodes: [{ episode_id: name, host_id: name, label: name, windows: 1, alerts: 1 }],
    total_alerts: [{ alerts: 1 }],
  };
}

test("treats names of inherited properties as plain names", () => {
  for (const name of NAMES) {
    const values = valuesWith(name, "other");
    for (const { name: scene, module } of SCENES) {
      const types = scene === "totals" ? ["host_counts", "phase_mix", "recent_episodes", "total_alerts"] : [scene];
      const context = { ...contextOf(...types), options: {} };
      const [model, table] = [module.model(viewOf(values), context), module.table?.(viewOf(values), context)];
      isPlainData(model, `${scene} with ${name}`);
      for (const cell of table?.rows.flat() ?? []) assert.ok(cell === null || typeof cell !== "object", `${scene} with ${name}`);
      isPlainData(table, `${scene} with ${name}`);
    }
  }
});
