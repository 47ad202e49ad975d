// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { problemsOf, readStage, searchOf, step } from "#stickyboard/page/stage.js";

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

test("what an address asks for in vain is said, with what would be right", () => {
  const said = (/** @type {string} */ search) => problemsOf(search, SCENES).join(" ");
  assert.equal(said("?scene=99"), "This board has no scene “99”; it has totals, 9, 13.");
  assert.equal(said("?present=true"), "“present=true” has no meaning; write “present=1”, or leave it out.");
  for (const search of ["?scene=", "?scene=9.0", "?scene=BARS", "?scene=99&scene=9"]) assert.match(said(search), /no scene/, search);
  for (const search of ["?present=0", "?present=", "?present"]) assert.match(said(search), /has no meaning/, search);
  for (const search of ["?scenes=9", "?Scene=9", "?presentation=1", "?sceen=9"]) assert.match(said(search), /has no part “\w+”/, search);
  assert.equal(problemsOf("?scene=99&present=true", SCENES).length, 2);
});

test("an address that is right, or has parts of others, has no problem", () => {
  for (const search of ["", "?scene=9", "?scene=bars&present=1", "?utm_source=mail&from=talk"]) {
    assert.deepEqual(problemsOf(search, SCENES), [], search);
  }
});

test("what an address says is quoted in short, without signs that turn the line around", () => {
  const [sentence] = problemsOf(`?scene=${encodeURIComponent("\u202e" + "x".repeat(900))}`, SCENES);
  assert.ok(sentence.length < 120);
  assert.ok(!sentence.includes("\u202e"));
  const many = Array.from({ length: 500 }, (_, index) => ({ name: `scene_${index}`, number: index }));
  assert.match(problemsOf("?scene=no", many)[0], /, 19 and 480 more\.$/);
});

test("arrows go round", () => {
  const names = (/** @type {1 | -1} */ by) => {
    let stage = /** @type {import("#stickyboard/page/stage.js").Stage} */ ({ scene: null, isPresenting: true });
    return SCENES.concat(SCENES[0]).map(() => (stage = step(stage, SCENES, by)).scene);
  };
  assert.deepEqual(names(1), ["totals", "bars", "lanes", "totals"]);
  assert.deepEqual(names(-1), ["lanes", "bars", "totals", "lanes"]);
});

test("a board without scenes has no next one", () => {
  assert.equal(step({ scene: null, isPresenting: false }, [], 1).scene, null);
});
