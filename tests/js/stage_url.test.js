// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { problemsOf, readStage, searchOf, step } from "#stickyboard/page/stage_url.js";

const SCENES = [{ name: "totals", number: null }, { name: "bars", number: 9 }, { name: "lanes", number: 13 }];

test("reads the address that it wrote", () => {
  for (const scene of [null, "totals", "bars", "lanes"]) {
    for (const isPresenting of [false, true]) {
      const stage = { scene, isPresenting };
      assert.deepEqual(readStage(searchOf(stage, SCENES), SCENES), stage);
    }
  }
});

test("names scenes by number, or by name", () => {
  assert.equal(searchOf({ scene: "bars", isPresenting: true }, SCENES), "?present=1&scene=9");
  assert.equal(searchOf({ scene: "totals", isPresenting: false }, SCENES), "?scene=totals");
  assert.equal(readStage("?scene=bars", SCENES).scene, "bars");
});

test("needs no query by default, and keeps other parameters", () => {
  assert.equal(searchOf({ scene: null, isPresenting: false }, SCENES, "?scene=9&present=1"), "");
  assert.equal(searchOf({ scene: "bars", isPresenting: false }, SCENES, "?from=talk"), "?from=talk&scene=9");
});

test("shows all scenes for an unknown one", () => {
  assert.deepEqual(readStage("?scene=99&present=yes", SCENES), { scene: null, isPresenting: false });
});

test("reports invalid parameters with valid ones", () => {
  const problems = (/** @type {string} */ search) => problemsOf(search, SCENES).join(" ");
  assert.match(problems("?scene=99"), /no scene “99”.*totals, 9, 13/);
  assert.match(problems("?present=true"), /“present=true”.*“present=1”/);
  for (const search of ["?scene=", "?scene=9.0", "?scene=BARS", "?scene=99&scene=9"]) assert.match(problems(search), /no scene/, search);
  for (const search of ["?present=0", "?present=", "?present"]) assert.match(problems(search), /Invalid/, search);
  for (const search of ["?scenes=9", "?Scene=9", "?presentation=1", "?sceen=9"]) assert.match(problems(search), /Unknown parameter “\w+”/, search);
  assert.equal(problemsOf("?scene=99&present=true", SCENES).length, 2);
  for (const [name, meant] of [["fliter", "filter"], ["filetr", "filter"], ["Filter", "filter"], ["filters", "filter"], ["layuot", "layout"], ["laoyut", "layout"],
    ["sceen", "scene"], ["scnee", "scene"], ["scne", "scene"], ["sxene", "scene"], ["sceness", "scene"], ["prezent", "present"], ["presentation", "present"]]) {
    assert.match(problems(`?${name}=x`), new RegExp(`“${name}”.*did you mean “${meant}”`));
  }
});

test("accepts valid and foreign parameters", () => {
  for (const search of ["", "?scene=9", "?scene=bars&present=1", "?utm_source=mail&from=talk&ref=x&lang=en", "?filter=x&layout=9"]) {
    assert.deepEqual(problemsOf(search, SCENES), [], search);
  }
  for (const name of ["send", "sent", "seen", "scan", "since", "sense", "screen", "scope", "score", "scale", "script", "alter", "later", "layer", "payout", "s", "", "é"]) {
    assert.deepEqual(problemsOf(`?${name}=1`, SCENES), [], name);
  }
});

test("quotes parameters shortened and without bidi controls", () => {
  const [sentence] = problemsOf(`?scene=${encodeURIComponent("\u202e" + "x".repeat(900))}`, SCENES);
  assert.ok(sentence.length < 120);
  assert.ok(!sentence.includes("\u202e"));
  const many = Array.from({ length: 500 }, (_, index) => ({ name: `scene_${index}`, number: index }));
  assert.match(problemsOf("?scene=no", many)[0], /, 19 and 480 more\.$/);
});

test("wraps around", () => {
  const names = (/** @type {1 | -1} */ by) => {
    let stage = /** @type {import("#stickyboard/page/stage_url.js").Stage} */ ({ scene: null, isPresenting: true });
    return SCENES.concat(SCENES[0]).map(() => (stage = step(stage, SCENES, by)).scene);
  };
  assert.deepEqual(names(1), ["totals", "bars", "lanes", "totals"]);
  assert.deepEqual(names(-1), ["lanes", "bars", "totals", "lanes"]);
});

test("stays put on a board without scenes", () => {
  assert.equal(step({ scene: null, isPresenting: false }, [], 1).scene, null);
});
