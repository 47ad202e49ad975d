// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { TRACES } from "#stickyboard/page/marks.js";
import { MARKS, SERIES_COLOURS, lettersOf, seriesOf, seriesProperty, useColours } from "#stickyboard/page/palette.js";

const theme = readFileSync(new URL("../../broadcast/static/stickyboard/page/theme.css", import.meta.url), "utf8");

/** @param {number} count @param {string} [prefix] */
const named = (count, prefix = "class") => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

test("gives 12 names distinct colours, and 96 distinct pairs", () => {
  useColours();
  assert.equal(new Set([...seriesOf(named(12)).values()].map(({ colour }) => colour)).size, 12);
  const pairs = [...seriesOf(named(96)).values()].map(({ colour, mark }) => `${colour} ${mark}`);
  assert.equal(new Set(pairs).size, 96);
});

test("begins with the first colours of the palette", () => {
  useColours({ taken: 2 });
  assert.deepEqual([...seriesOf(named(3)).values()].map(({ colour }) => colour), [0, 2, 3]);
});

test("gives the same names the same colours in any order", () => {
  const names = [...named(20), "e\u0301", "\u00e9"]; // the collator counts the last two as equal
  useColours();
  const first = seriesOf(names);
  useColours();
  assert.deepEqual([...seriesOf([...names].reverse())], [...first]);
});

test("gives a name one colour in all scenes", () => {
  useColours();
  const { gbt } = Object.fromEntries(seriesOf(["cnn", "gbt"]));
  assert.deepEqual(seriesOf(["gbt", ...named(30)]).get("gbt"), gbt);
});

test("gives a scene 12 colours although others use them all", () => {
  useColours();
  seriesOf(named(100, "host"));
  assert.equal(new Set([...seriesOf(named(12, "model")).values()].map(({ colour }) => colour)).size, 12);
});

test("gives a name the colour that the board fixes", () => {
  useColours({ gbt: 3, constructor: 4 });
  const series = seriesOf([...named(10), "gbt", "constructor"]);
  assert.deepEqual([series.get("gbt")?.colour, series.get("constructor")?.colour], [2, 3]);
  assert.equal(new Set([...series.values()].map(({ colour }) => colour)).size, 12);
});

test("gives colours to more names than it remembers", () => {
  useColours();
  assert.equal(seriesOf(named(12_000)).size, 12_000);
});

test("has every colour in the theme and draws every mark", () => {
  for (let colour = 0; colour < SERIES_COLOURS; colour += 1) assert.ok(theme.includes(`${seriesProperty(colour)}:`));
  assert.equal(TRACES.length, MARKS.length);
});

test("gives classes with one initial distinct letters", () => {
  const letters = lettersOf(["brute force", "benign", "botnet", "port scan", "benign"]);
  assert.deepEqual([...letters], [["benign", "B"], ["botnet", "O"], ["brute force", "F"], ["port scan", "P"]]);
});

test("distinguishes names without letters, and many names", () => {
  assert.deepEqual([...lettersOf(["", "🙂", "a", "aa", "ß"]).values()].sort(), ["1", "2", "4", "A", "ß"].sort());
  assert.equal(new Set(lettersOf(Array.from({ length: 60 }, (_, index) => `a${"a".repeat(index)}`)).values()).size, 60);
});
