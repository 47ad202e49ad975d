// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { reloadIfChanged } from "../../broadcast/static/stickyboard/page/reload.js";

function page() {
  const stored = new Map();
  const made = {
    now: 1_000_000,
    reloads: 0,
    nowMs: () => made.now,
    load: (/** @type {string} */ key) => stored.get(key) ?? null,
    save: (/** @type {string} */ key, /** @type {string} */ value) => void stored.set(key, value),
    reload: () => void (made.reloads += 1),
  };
  return made;
}

test("a page with the server's layout stays", () => {
  const one = page();
  reloadIfChanged("a", "a", one);
  reloadIfChanged("a", "", one);
  assert.equal(one.reloads, 0);
});

test("a page with another layout is loaded again, but not forever", () => {
  const one = page();
  reloadIfChanged("a", "b", one);
  reloadIfChanged("a", "b", one);
  assert.equal(one.reloads, 1);
  one.now += 30_000;
  reloadIfChanged("a", "b", one);
  assert.equal(one.reloads, 2);
});
