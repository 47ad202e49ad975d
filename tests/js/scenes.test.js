// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { SCENES, scenesOf } from "#dashboard/scenes.js";
import * as json from "#dashboard/scenes/json.js";

/** @param {string} name @param {string} scene */
function eventType(name, scene) {
  return { name, scene, title: `Title of ${name}` };
}

test("scenes have the numbers that the lab knows them by", () => {
  const numbers = Object.fromEntries(SCENES.map(({ name, number }) => [name, number]));
  assert.deepEqual(numbers, {
    totals: null, attack_profile: 7, prediction: 8, model_metric: 9, embedding: 11, model_perf: 12, live_detection: 13,
  });
});

test("every scene has a model, a paint, a table, and a text and an event for when there is nothing", () => {
  for (const { name, module } of SCENES) {
    assert.deepEqual([typeof module.model, typeof module.paint, typeof module.table], Array(3).fill("function"), name);
    assert.match(module.empty.text, /yet\.$/, name);
    assert.equal(typeof Object(module.empty.example).type, "string", name);
  }
});

test("a board has the scenes that its event types name, in the order of the table", () => {
  const scenes = scenesOf([eventType("live", "live_detection"), eventType("a", "totals"), eventType("b", "totals")]);
  assert.deepEqual(scenes.map(({ name, eventTypes }) => [name, eventTypes.map((type) => type.name)]), [
    ["totals", ["a", "b"]],
    ["live_detection", ["live"]],
  ]);
});

test("a scene that is not in the table comes last and shows JSON under its event type's title", () => {
  const [known, unknown] = scenesOf([eventType("gpu_load", "gpu"), eventType("m", "model_metric")]);
  assert.equal(known.name, "model_metric");
  assert.deepEqual([unknown.name, unknown.title, unknown.number], ["gpu", "Title of gpu_load", null]);
  assert.equal(unknown.module, json);
});
