// @ts-check
// Events that a widget once failed to draw; tests/fuzz/widgets.js searches for more.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { caseFrom, check } from "../fuzz/widget_cases.js";

import { randomFrom } from "./fakes.js";

const FOLDER = new URL("../fuzz/corpus/widgets/", import.meta.url);

for (const name of readdirSync(FOLDER, { recursive: true, encoding: "utf8" })) {
  test(`draws ${name}`, () => check(JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"))));
}

test("draws random events in every widget", async () => {
  const random = randomFrom(19);
  const cases = Array.from({ length: 40 }, () => caseFrom(random));
  assert.ok(new Set(cases.map(({ kind }) => kind)).size > 10);
  for (const each of cases) await check(each);
});
