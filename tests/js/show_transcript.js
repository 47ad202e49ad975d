// @ts-check
/**
 * What mirror.js shows while a transcript is played to it, for tests/guarantees/test_both_mirrors.py.
 *
 * In: one message a line, as broadcast/testing/guarantees.py describes transcripts.
 * Out: for each update one line, `[gaps, cursor, {type: [changedAt, digest, entries as they are sent]}]`.
 */
import { createInterface } from "node:readline";

import { digestOf } from "#stickyboard/heartbeat.js";
import { Mirror } from "#stickyboard/mirror.js";

/** @param {Mirror} mirror */
function shown(mirror) {
  return Object.fromEntries(
    mirror.types().map((type) => [
      type,
      [mirror.changedAt(type), digestOf(mirror.entries(type)), mirror.entries(type).map(({ key, lane, revision, at, value }) => [key, lane, revision, at, value])],
    ]),
  );
}

let mirror = new Mirror();
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.op === "open" && message.cursor === "") mirror = new Mirror();
  if (message.op !== "update") continue;
  const { gaps } = mirror.applyUpdate(message);
  console.log(JSON.stringify([gaps, mirror.cursor(), shown(mirror)]));
}
