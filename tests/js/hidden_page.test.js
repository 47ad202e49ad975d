// @ts-check
// A hidden page requests few updates, and all of them when it is visible again.
import assert from "node:assert/strict";
import test from "node:test";

import { HEARTBEAT, HELLO, REPLAY, opened, socket, update } from "./connected.js";

const PACED_HELLO = { ...HELLO, max_per_s: 60 };
const SLOW = { op: "pace", max_per_s: 1 };
const FULL = { op: "pace", max_per_s: null };

function paces() {
  return socket().sent.filter(({ op }) => op === "pace");
}

/** @param {object} [hello] */
function live(hello = PACED_HELLO) {
  const parts = opened();
  socket().receive(hello);
  socket().receive(REPLAY);
  return parts;
}

test("requests one update per second while hidden, and then all", () => {
  const { connection, world } = live();
  assert.deepEqual(paces(), []);
  for (const isHidden of [true, true, false, false]) {
    world.isHidden = isHidden;
    connection.visibilityChanged();
  }
  assert.deepEqual(paces(), [SLOW, FULL]);
});

test("requests it on each connection that it opens while hidden", () => {
  const { connection, world } = live();
  world.isHidden = true;
  connection.visibilityChanged();
  connection.connect();
  connection.visibilityChanged(); // before hello
  assert.deepEqual(socket().sent, []);
  socket().receive(PACED_HELLO);
  assert.deepEqual(paces(), [SLOW]);
});

test("requests nothing of a server that does not support it", () => {
  const { connection, world } = live(HELLO);
  world.isHidden = true;
  connection.visibilityChanged();
  assert.deepEqual(paces(), []);
});

test("does not call itself behind because of its pace", () => {
  const { connection, world, timers } = live();
  world.isHidden = true;
  connection.visibilityChanged();
  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 9] } });
  timers.pass(900);
  assert.equal(connection.state.name, "live");
  socket().receive(update(2, { to: 9 }));
  assert.equal(connection.state.name, "live");
});
