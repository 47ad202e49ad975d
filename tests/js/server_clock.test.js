// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { ServerClock } from "#stickyboard/server_clock.js";

test("continues from the server's time", () => {
  let nowMs = 5_000;
  const clock = new ServerClock(() => nowMs);
  clock.set(1_790_000_000);
  nowMs += 2_500;
  assert.equal(clock.nowS(), 1_790_000_002.5);
});
