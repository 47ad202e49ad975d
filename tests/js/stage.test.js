// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { readStage, searchOf, step } from "#dashboard/stage.js";

const SCENES = [{ name: "totals", number: null }, { name: "bars", number: 9 }, { name: "lanes", number: 13 }];

test("an address leads to the stage that gave it", () => {
  for (const scene of [null, "totals", "bars", "lanes"]) {
    for (const isPresenting of [false, true]) {
      const stage = { scene, isPresenting };
      assert.deepEqual(readStage(searchOf(stage, SCENES), SCENES), stage);
    }
  }
});

test("scenes are called by number, and by name where they have none", () => {
  assert.equal(searchOf({ scene: "bars", isPresenting: true }, SCENES), "?present=1&scene=9");
  assert.equal(searchOf({ scene: "totals", isPresenting: false }, SCENES), "?scene=totals");
  assert.equal(readStage("?scene=bars", SCENES).scene, "bars");
});

test("all scenes with the bar need no query, and what else stood there stays", () => {
  assert.equal(searchOf({ scene: null, isPresenting: false }, SCENES, "?scene=9&present=1"), "");
  assert.equal(searchOf({ scene: "bars", isPresenting: false }, SCENES, "?from=talk"), "?from=talk&scene=9");
});

test("a scene that the board does not have shows all", () => {
  assert.deepEqual(readStage("?scene=99&present=yes", SCENES), { scene: null, isPresenting: false });
});

test("arrows go round", () => {
  const names = (/** @type {1 | -1} */ by) => {
    let stage = /** @type {import("#dashboard/stage.js").Stage} */ ({ scene: null, isPresenting: true });
    return SCENES.concat(SCENES[0]).map(() => (stage = step(stage, SCENES, by)).scene);
  };
  assert.deepEqual(names(1), ["totals", "bars", "lanes", "totals"]);
  assert.deepEqual(names(-1), ["lanes", "bars", "totals", "lanes"]);
});

test("a board without scenes has no next one", () => {
  assert.equal(step({ scene: null, isPresenting: false }, [], 1).scene, null);
});
