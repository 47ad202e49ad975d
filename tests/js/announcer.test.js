// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { QUIET_MS, announcer } from "#stickyboard/page/announcer.js";

import { FakeTimers } from "./fakes.js";

test("announces only the newest sentence after a silence", () => {
  const [region, timers] = [{ textContent: /** @type {string | null} */ ("") }, new FakeTimers()];
  const announce = announcer(region, timers);
  announce("reconnecting");
  timers.pass(QUIET_MS - 1);
  announce("live");
  timers.pass(QUIET_MS - 1);
  assert.equal(region.textContent, "");
  timers.pass(1);
  assert.equal(region.textContent, "live");
});

test("keeps a notice that the state of the connection follows", () => {
  const [region, timers] = [{ textContent: /** @type {string | null} */ ("") }, new FakeTimers()];
  const announce = announcer(region, timers);
  announce("No scene 99.");
  for (const state of ["connecting", "live"]) announce(`Connection: ${state}`, "connection");
  timers.pass(QUIET_MS);
  assert.equal(region.textContent, "No scene 99. Connection: live");
  for (const [notice, heard] of [["Copied", "Copied; Connection: live"], ["Did you mean “scene”?", "Did you mean “scene”? Connection: live"], ["Ready!", "Ready! Connection: live"]]) {
    announce(notice);
    announce("Connection: live", "connection");
    timers.pass(QUIET_MS);
    assert.equal(region.textContent, heard);
  }
  announce("Copied");
  timers.pass(QUIET_MS);
  assert.equal(region.textContent, "Copied");
});
