// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { TRACES } from "#stickyboard/page/marks.js";
import { KNOWN_MODELS, MARKS, SERIES_COLOURS, gradientOf, hashOf, lettersOf, seriesOf, seriesProperty } from "#stickyboard/page/palette.js";

const theme = readFileSync(new URL("../../broadcast/static/stickyboard/page/theme.css", import.meta.url), "utf8");

test("has the known models' colours in the theme", () => {
  assert.deepEqual(gradientOf("knn_semi"), { from: "var(--model-knn_semi-from)", to: "var(--model-knn_semi-to)" });
  for (const name of KNOWN_MODELS) assert.match(theme, new RegExp(`--model-${name}-from:[^;]+;\\s*--model-${name}-to:`));
});

test("derives a stable, distinct gradient for other names", () => {
  assert.deepEqual(gradientOf("transformer"), gradientOf("transformer"));
  assert.match(gradientOf("transformer").from, /^hsl\(\d+ var\(--hash-saturation\) var\(--hash-lightness-from\)\)$/);
  const hues = Array.from({ length: 20 }, (_, index) => hashOf(`model-${index}`) % 360);
  assert.ok(new Set(hues.map((hue) => Math.floor(hue / 30))).size >= 6, `hues are not spread: ${hues}`);
});

test("gives 64 names distinct pairs in any order", () => {
  const names = Array.from({ length: 64 }, (_, index) => `class-${index}`);
  const pairs = [...seriesOf(names).values()].map(({ colour, mark }) => `${colour} ${mark}`);
  assert.equal(new Set(pairs).size, 64);
  assert.deepEqual(seriesOf(names), seriesOf([...names].reverse()));
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
