// @ts-check
/** The benchmark's feed sends what a server would, within a server's bounds. */
import assert from "node:assert/strict";
import test from "node:test";

import { Mirror } from "#stickyboard/mirror.js";

import { Feed } from "../../benchmarks/page/static/feed.js";
import { randomFrom } from "./fakes.js";

const UPDATES = 167; // of a tick, at 10,000 a second

/** @param {Mirror} mirror */
function revisions(mirror) {
  return mirror.types().reduce((sum, type) => sum + (mirror.head(type)?.revision ?? 0), 0);
}

test("feeds consecutive updates that all reach the page", () => {
  const [feed, mirror] = [new Feed(randomFrom(1)), new Mirror()];
  assert.deepEqual(mirror.applyUpdate(/** @type {any} */ (feed.replay(1))).gaps, []);
  for (let tick = 1; tick <= 200; tick += 1) {
    const before = revisions(mirror);
    const { gaps, changes } = mirror.applyUpdate(/** @type {any} */ (feed.update(UPDATES, 1)));
    const embeddings = tick === 1 ? 1 : 0;
    assert.deepEqual(gaps, []);
    assert.equal(changes, UPDATES + embeddings);
    assert.equal(revisions(mirror) - before, changes);
  }
});

test("keeps its keyspaces within their bounds", () => {
  const [feed, mirror] = [new Feed(randomFrom(1)), new Mirror()];
  mirror.applyUpdate(/** @type {any} */ (feed.replay(1)));
  for (let tick = 0; tick < 100; tick += 1) mirror.applyUpdate(/** @type {any} */ (feed.update(UPDATES, 1)));
  const counts = ["prediction", "live_detection", "recent_episodes", "embedding", "model_metric"].map((type) => mirror.count(type));
  assert.deepEqual(counts, [4096, 16 * 60, 20, 1, 8]);
});
