// @ts-check
// When and what a connection acknowledges.
import assert from "node:assert/strict";
import test from "node:test";

import { HELLO, update, live, socket } from "./connected.js";

test("acknowledges at half a window, after painting", () => {
  const { connection } = live();
  socket().receive(update(2));
  connection.painted();
  assert.deepEqual(socket().sent, []);
  socket().receive(update(3));
  assert.deepEqual(socket().sent, []);
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("counts all updates since the socket connected", () => {
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

test("acknowledges fewer updates after a quarter of a second", () => {
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

test("moves no timer for an update", () => {
  const { connection, timers } = live();
  connection.painted();
  const before = [...timers.waiting.keys()];
  timers.pass(100);
  socket().receive(update(2));
  connection.painted();
  assert.deepEqual([...timers.waiting.keys()], before);
  timers.pass(249);
  assert.deepEqual(socket().sent, []);
  timers.pass(1);
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 2 }]);
});

test("acknowledges nothing twice", () => {
  const { connection, timers } = live();
  connection.painted();
  socket().receive(update(2));
  socket().receive(update(3));
  connection.painted();
  timers.pass(1000);
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("acknowledges nothing on a closed connection", () => {
  const { connection, timers } = live();
  connection.painted();
  const first = socket();
  first.fall(1012);
  timers.pass(250);
  assert.notEqual(socket(), first);
  timers.pass(1000);
  assert.deepEqual([first.sent, socket().sent], [[], []]);
});

test("acknowledges at half a window of bytes", () => {
  const { connection } = live();
  socket().receive(update(2, { entries: [["k", "", 2, 1, "x".repeat(1000)]] }));
  connection.painted();
  socket().receive(update(3));
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 2 }]);
});

test("counts bytes and not characters", () => {
  const { connection } = live();
  socket().receive(update(2, { entries: [["k", "", 2, 1, "é".repeat(500)]] }));
  connection.painted();
  assert.deepEqual(socket().sent.at(-1), { op: "ack", updates: 2 });
});

test("acknowledges without painting while hidden", () => {
  const { world } = live();
  world.isHidden = true;
  socket().receive(update(2));
  socket().receive(update(3));
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("acknowledges when the page becomes hidden", () => {
  const { connection, world } = live();
  socket().receive(update(2));
  socket().receive(update(3));
  world.isHidden = true;
  connection.visibilityChanged();
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});

test("acknowledges updates that change nothing", () => {
  live();
  for (let count = 0; count < 2; count += 1) socket().receive({ op: "update", sections: [] });
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 3 }]);
});
