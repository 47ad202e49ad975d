// @ts-check
// When a connection acknowledges, and how much.
import assert from "node:assert/strict";
import test from "node:test";

import { HELLO, update, live, socket } from "./connected.js";

test("it acknowledges at half a window of updates, after painting", () => {
  const { connection } = live();
  socket().receive(update(2));
  connection.painted();
  assert.deepEqual(socket().sent, []);
  socket().receive(update(3));
  assert.deepEqual(socket().sent, []);
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("acknowledgements count all updates since the socket connected", () => {
  const { connection, timers } = live();
  for (let revision = 2; revision <= 6; revision += 1) {
    socket().receive(update(revision));
    connection.painted();
  }
  assert.deepEqual(socket().sent.map(({ updates }) => updates), [3, 6]);
  socket().fall(1012);
  timers.pass(250);
  socket().receive(HELLO);
  for (let revision = 7; revision <= 9; revision += 1) socket().receive(update(revision));
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("less than half a window is acknowledged a quarter of a second after it was painted, once", () => {
  const { connection, timers } = live();
  connection.painted();
  timers.pass(249);
  assert.deepEqual(socket().sent, []);
  timers.pass(1);
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 1 }]);
  connection.painted();
  timers.pass(1000);
  assert.equal(socket().sent.length, 1);
});

test("what half a window acknowledged is not acknowledged again in time", () => {
  const { connection, timers } = live();
  connection.painted();
  socket().receive(update(2));
  socket().receive(update(3));
  connection.painted();
  timers.pass(1000);
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("a connection that fell is acknowledged no more", () => {
  const { connection, timers } = live();
  connection.painted();
  const first = socket();
  first.fall(1012);
  timers.pass(250);
  assert.notEqual(socket(), first);
  timers.pass(1000);
  assert.deepEqual([first.sent, socket().sent], [[], []]);
});

test("it acknowledges at half a window of bytes", () => {
  const { connection } = live();
  socket().receive(update(2, { entries: [["k", "", 2, 1, "x".repeat(1000)]] }));
  connection.painted();
  socket().receive(update(3));
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 2 }]);
});

test("it counts bytes and not characters, as the server does", () => {
  const { connection } = live();
  socket().receive(update(2, { entries: [["k", "", 2, 1, "é".repeat(500)]] }));
  connection.painted();
  assert.deepEqual(socket().sent.at(-1), { op: "ack", updates: 2 });
});

test("hidden, it acknowledges without painting", () => {
  const { world } = live();
  world.isHidden = true;
  socket().receive(update(2));
  socket().receive(update(3));
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("on being hidden it acknowledges what will not be painted now", () => {
  const { connection, world } = live();
  socket().receive(update(2));
  socket().receive(update(3));
  world.isHidden = true;
  connection.visibilityChanged();
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("updates that change nothing are acknowledged, as nothing will be painted", () => {
  live();
  for (let count = 0; count < 2; count += 1) socket().receive({ op: "update", sections: [] });
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});
