// @ts-check
/**
 * `node tests/fuzz/widgets.js SECONDS [SEED]`: draws every widget with random events for some time.
 *
 * Prints the executions. A case that fails is written to corpus/widgets, where tests/js/widget_corpus.test.js replays it.
 */
import { writeFileSync } from "node:fs";

import { randomFrom } from "../js/fakes.js";
import { caseFrom, check } from "./widget_cases.js";

const [seconds, given] = process.argv.slice(2).map(Number);
const seed = given ?? Date.now() % 2 ** 32;
const random = randomFrom(seed);
const endMs = performance.now() + seconds * 1000;
let executions = 0;
while (performance.now() < endMs) {
  const found = caseFrom(random);
  executions += 1;
  try {
    await check(found);
  } catch (error) {
    writeFileSync(new URL(`corpus/widgets/${found.kind}-${seed}-${executions}.json`, import.meta.url), JSON.stringify(found));
    console.error(`seed ${seed}, execution ${executions}`, error);
    process.exitCode = 1;
    break;
  }
}
console.log(`executions: ${executions}`);
