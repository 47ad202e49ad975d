// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { SCENES, scenesOf } from "#stickyboard/page/scenes.js";
import * as json from "#stickyboard/page/scenes/json.js";

/** @param {string} name @param {string} scene */
function eventType(name, scene) {
  return { name, scene, title: `Title of ${name}` };
}

test("has the lab's scene numbers", () => {
  const numbers = Object.fromEntries(SCENES.map(({ name, number }) => [name, number]));
  assert.deepEqual(numbers, {
    totals: null, attack_profile: 7, prediction: 8, model_metric: 9, embedding: 11, model_perf: 12, live_detection: 13,
  });
});

test("exports model, paint, table and empty state per scene", () => {
  for (const { name, module } of SCENES) {
    assert.deepEqual([typeof module.model, typeof module.paint, typeof module.table], Array(3).fill("function"), name);
    assert.match(module.empty.text, /yet\.$/, name);
  }
});

test("shows the scenes that its event types name", () => {
  const scenes = scenesOf([eventType("live", "live_detection"), eventType("a", "totals"), eventType("b", "totals")]);
  assert.deepEqual(scenes.map(({ name, eventTypes }) => [name, eventTypes.map((type) => type.name)]), [
    ["totals", ["a", "b"]],
    ["live_detection", ["live"]],
  ]);
});

test("adds a generic scene for an unknown scene", () => {
  const [known, unknown] = scenesOf([eventType("gpu_load", "gpu"), eventType("m", "model_metric")]);
  assert.equal(known.name, "model_metric");
  assert.deepEqual([unknown.name, unknown.title, unknown.number], ["gpu_load", "Title of gpu_load", null]);
  assert.equal(unknown.module, json);
});

test("gives generic scenes distinct names", () => {
  const types = [eventType("gpu_load", "json"), eventType("epoch", "json"), eventType("totals", "json"), eventType("a", "totals")];
  const scenes = scenesOf(types);
  assert.deepEqual(scenes.map(({ name, title, eventTypes }) => [name, title, eventTypes.map((type) => type.name)]), [
    ["totals", "Totals", ["a"]],
    ["gpu_load", "Title of gpu_load", ["gpu_load"]],
    ["epoch", "Title of epoch", ["epoch"]],
    ["json-totals", "Title of totals", ["totals"]],
  ]);
});

test("follows the order of the event types if configured", () => {
  const types = [eventType("gpu_load", "json"), eventType("live", "live_detection"), eventType("a", "totals"), eventType("m", "json")];
  const scenes = scenesOf(types, true);
  assert.deepEqual(scenes.map(({ name }) => name), ["gpu_load", "live_detection", "totals", "m"]);
});
