// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { ageOf, ageText, boardAgeOf, staleAfterOf } from "#stickyboard/page/ages.js";

test("shows no age without a value", () => {
  assert.deepEqual(ageOf(null, 1000, 60), { text: "", isStale: false, title: "", came: "" });
});

test("marks a value as stale after its limit", () => {
  assert.deepEqual([ageOf(1000, 1060, 60).isStale, ageOf(1000, 1060, 60).text], [false, "1 min ago"]);
  assert.deepEqual([ageOf(1000, 1061, 60).isStale, ageOf(1000, 1061, 60).text], [true, "stale · 1 min ago"]);
});

test("never goes stale without a limit", () => {
  assert.equal(ageOf(0, 1e9, null).isStale, false);
});

test("shows a value from the future as just now", () => {
  assert.equal(ageOf(1000, 998, 60).text, "just now");
});

test("uses the longest limit of a scene's event types", () => {
  assert.equal(staleAfterOf([{ staleAfterS: 30 }, { staleAfterS: 90 }]), 90);
  assert.equal(staleAfterOf([{ staleAfterS: 30 }, { staleAfterS: null }]), null);
  assert.equal(staleAfterOf([{}]), null);
});

test("marks a board as stale when all its scenes are", () => {
  /** @param {[number | null, number | null][]} scenes @param {number} nowS */
  const text = (scenes, nowS) => boardAgeOf(scenes.map(([changedAt, staleAfterS]) => ({ changedAt, staleAfterS })), nowS).text;
  assert.equal(text([[1000, 60], [1100, 120]], 1220), "");
  assert.equal(text([[1000, 60], [1100, 120]], 1221), "all scenes stale · 2 min ago");
  assert.equal(text([[1000, 60], [1100, 120]], 1170), "");
  assert.equal(text([[1000, 60], [null, 600]], 1061), "all scenes stale · 1 min ago");
  assert.equal(text([[1000, 60], [1050, null]], 1061), "");
  assert.equal(text([[1000, 60], [900, null]], 1061), "all scenes stale · 1 min ago");
  for (const scenes of /** @type {[number | null, number | null][][]} */ ([[], [[null, 60]], [[1000, null]], [[null, null]]])) {
    assert.equal(text(scenes, 1e9), "");
  }
});

test("writes ages from seconds to days", () => {
  assert.deepEqual([-3, 4, 5, 59, 60, 3600, 86_400].map(ageText), [
    "just now", "just now", "5 s ago", "59 s ago", "1 min ago", "1 h ago", "1 d ago",
  ]);
});
