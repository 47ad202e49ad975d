// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Acks } from "#stickyboard/acks.js";

const WINDOW = { updates: 8, bytes: 1000 };

/** @param {number} [draw] of the share: 0 for a quarter of the window, just under 1 for half of it */
function begun(draw = 0.5) {
  const acks = new Acks(() => draw);
  acks.begin(WINDOW);
  return acks;
}

test("there is nothing to acknowledge before an update was taken, nor after it was told", () => {
  const acks = begun();
  assert.equal(acks.dueInMs(0), null);
  acks.took(10, 0);
  assert.equal(acks.tell(5), 1);
  assert.equal(acks.dueInMs(5), null);
});

test("the share that is drawn lies between a quarter and a half of the updates", () => {
  for (const [draw, updates] of [[0, 2], [0.5, 3], [0.999, 4]]) {
    const acks = begun(draw);
    for (let count = 1; count < updates; count += 1) acks.took(1, 0);
    assert.notEqual(acks.dueInMs(0), 0);
    acks.took(1, 0);
    assert.equal(acks.dueInMs(0), 0);
  }
});

test("a quarter of a second of silence is answered, and each update begins it anew", () => {
  const acks = begun();
  acks.took(1, 1000);
  assert.equal(acks.dueInMs(1100), 150);
  acks.took(1, 1200);
  assert.equal(acks.dueInMs(1300), 150);
  assert.equal(acks.dueInMs(2000), 0);
});

test("nothing is held for longer than a second, whatever still comes", () => {
  const acks = begun(0.999);
  acks.took(1, 0);
  acks.took(1, 900);
  assert.ok(/** @type {number} */ (acks.dueInMs(900)) <= 100);
});

test("on a fast line twice the bytes are taken before the next one, up to a mebibyte", () => {
  const acks = begun(0);
  for (let bytes = 250, now = 0; bytes < 2 ** 18; bytes *= 2, now += 100) {
    acks.took(bytes - 1, now);
    assert.notEqual(acks.dueInMs(now), 0, `${bytes - 1} bytes`);
    acks.took(1, now);
    assert.equal(acks.dueInMs(now), 0, `${bytes} bytes`);
    acks.tell(now);
    if (now === 0) bytes /= 2; // the first is compared with nothing
  }
  acks.took(2 ** 18 - 1, 99_000);
  assert.notEqual(acks.dueInMs(99_000), 0);
  acks.took(1, 99_000);
  assert.equal(acks.dueInMs(99_000), 0);
});

test("on a slow line the window stays as it was", () => {
  const acks = begun(0);
  for (let now = 0; now < 3000; now += 300) {
    acks.took(250, now);
    assert.equal(acks.dueInMs(now), 0);
    acks.tell(now);
  }
});

test("a new connection counts from nothing, with its own window", () => {
  const acks = begun();
  acks.took(1, 0);
  acks.begin(WINDOW);
  assert.equal(acks.dueInMs(0), null);
  acks.took(1, 0);
  assert.equal(acks.tell(0), 1);
});
