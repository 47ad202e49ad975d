// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { QUIET_MS, announcer } from "#stickyboard/page/announcer.js";

import { FakeTimers } from "./fakes.js";

test("it says only the newest thing, once it has been quiet for a while", () => {
  const [region, timers] = [{ textContent: /** @type {string | null} */ ("") }, new FakeTimers()];
  const say = announcer(region, timers);
  say("reconnecting");
  timers.pass(QUIET_MS - 1);
  say("live");
  timers.pass(QUIET_MS - 1);
  assert.equal(region.textContent, "");
  timers.pass(1);
  assert.equal(region.textContent, "live");
});
