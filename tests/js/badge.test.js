// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { badgeOf } from "#dashboard/badge.js";

test("each state has its own words and its own sign", () => {
  const badges = [
    badgeOf({ name: "connecting" }),
    badgeOf({ name: "replaying" }),
    badgeOf({ name: "live" }),
    badgeOf({ name: "reconnecting", retryInMs: 4200, reason: "closed" }),
    badgeOf({ name: "closed", reason: "not authorised" }),
  ];
  assert.deepEqual(badges.map(({ text }) => text), [
    "connecting", "replaying", "live", "reconnecting, next try in 4.2 s", "closed: not authorised",
  ]);
  assert.equal(new Set(badges.map(({ icon }) => icon)).size, badges.length);
});

test("offline says when the next try is, and why", () => {
  const { text, detail } = badgeOf({ name: "offline", retryInMs: 12_000, reason: "the server fell silent" });
  assert.deepEqual([text, detail], ["offline, next try in 12 s", "the server fell silent"]);
});
