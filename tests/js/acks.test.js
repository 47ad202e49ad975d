// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Acks } from "#stickyboard/acks.js";

const WINDOW = { updates: 8, bytes: 1000 };

/** @param {number} [draw] of the share: 0 for a quarter of the window, just under 1 for half of it */
function begun(draw = 0.5) {
  const acks = new Acks(() => draw);
  acks.reset(WINDOW);
  return acks;
}

test("acknowledges only new updates", () => {
  const acks = begun();
  assert.equal(acks.dueInMs(0), null);
  acks.received(10, 0);
  assert.equal(acks.acknowledge(5), 1);
  assert.equal(acks.dueInMs(5), null);
});

test("draws a share between a quarter and half of the window", () => {
  for (const [draw, updates] of [[0, 2], [0.5, 3], [0.999, 4]]) {
    const acks = begun(draw);
    for (let count = 1; count < updates; count += 1) acks.received(1, 0);
    assert.notEqual(acks.dueInMs(0), 0);
    acks.received(1, 0);
    assert.equal(acks.dueInMs(0), 0);
  }
});

test("acknowledges a quarter of a second after the last update", () => {
  const acks = begun();
  acks.received(1, 1000);
  assert.equal(acks.dueInMs(1100), 150);
  acks.received(1, 1200);
  assert.equal(acks.dueInMs(1300), 150);
  assert.equal(acks.dueInMs(2000), 0);
});

test("delays an acknowledgement by at most a second", () => {
  const acks = begun(0.999);
  acks.received(1, 0);
  acks.received(1, 900);
  assert.ok(/** @type {number} */ (acks.dueInMs(900)) <= 100);
});

test("doubles its bytes on a fast line, up to a mebibyte", () => {
  const acks = begun(0);
  for (let bytes = 250, now = 0; bytes < 2 ** 18; bytes *= 2, now += 100) {
    acks.received(bytes - 1, now);
    assert.notEqual(acks.dueInMs(now), 0, `${bytes - 1} bytes`);
    acks.received(1, now);
    assert.equal(acks.dueInMs(now), 0, `${bytes} bytes`);
    acks.acknowledge(now);
    if (now === 0) bytes /= 2; // the first is compared with nothing
  }
  acks.received(2 ** 18 - 1, 99_000);
  assert.notEqual(acks.dueInMs(99_000), 0);
  acks.received(1, 99_000);
  assert.equal(acks.dueInMs(99_000), 0);
});

test("leaves the window as it is on a slow line", () => {
  const acks = begun(0);
  for (let now = 0; now < 3000; now += 300) {
    acks.received(250, now);
    assert.equal(acks.dueInMs(now), 0);
    acks.acknowledge(now);
  }
});

test("starts counting anew on a new connection", () => {
  const acks = begun();
  acks.received(1, 0);
  acks.reset(WINDOW);
  assert.equal(acks.dueInMs(0), null);
  acks.received(1, 0);
  assert.equal(acks.acknowledge(0), 1);
});
