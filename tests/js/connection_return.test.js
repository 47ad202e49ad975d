// @ts-check
// When a connection reconnects, after what delay, and when it does not.
import assert from "node:assert/strict";
import test from "node:test";

import { HEARTBEAT, HELLO, REPLAY, update, live, opened, socket } from "./connected.js";
import { FakeSocket, FakeTimers } from "./fakes.js";

test("reconnects with an escaped cursor", () => {
  const { timers } = live();
  assert.equal(socket().url, "/ws/board/main/?protocol=2&cursor=");
  socket().fall(1006);
  timers.pass(250);
  assert.equal(socket().url, "/ws/board/main/?protocol=2&cursor=t%3Ae%3A1");
});

test("sends a cursor that is too long for a URL as a message", () => {
  const { timers, mirror } = live();
  const types = Array.from({ length: 1000 }, (_, index) => `reading_of_sensor_${index}`);
  const section = { epoch: "k3fw9x2a11", from: 0, to: 17, reset: true, entries: [] };
  socket().receive({ op: "update", sections: types.map((type) => ({ ...section, type })) });
  socket().fall(1006);
  timers.pass(250);
  assert.equal(socket().url, "/ws/board/main/?protocol=2&resume=1");
  assert.deepEqual(socket().sent, []);
  socket().onopen?.();
  assert.deepEqual(socket().sent, [{ op: "resume", cursor: { t: ["e", 1], ...mirror.heads() } }]);
  assert.equal(Object.keys(socket().sent[0].cursor).length, 1001);
  assert.deepEqual(socket().sent[0].cursor.reading_of_sensor_7, ["k3fw9x2a11", 17]);
});

test("keeps every URL within what servers accept", () => {
  for (const [count, name] of /** @type {[number, string][]} */ ([[150, "t"], [150, "sensor_of_a_room_"], [60, "ä".repeat(40)]])) {
    const { timers } = live();
    const section = { epoch: "k3fw9x2a11", from: 0, to: 123456, reset: true, entries: [] };
    const types = Array.from({ length: count }, (_, index) => `${name}${index}`);
    socket().receive({ op: "update", sections: types.map((type) => ({ ...section, type })) });
    socket().fall(1006);
    timers.pass(250);
    assert.ok(socket().url.length <= 4200, `${socket().url.length}`);
  }
});

test("does not send the cursor of an abandoned socket", () => {
  const { timers, connection } = live();
  const section = { type: "t".repeat(5000), epoch: "e", from: 0, to: 1, reset: true, entries: [] };
  socket().receive({ op: "update", sections: [section] });
  socket().fall(1006);
  timers.pass(250);
  const given = socket();
  connection.networkChanged();
  given.onopen?.();
  assert.deepEqual(given.sent, []);
});

test("reconnects at once after a gap", () => {
  live();
  const first = socket();
  first.receive(update(5));
  assert.notEqual(socket(), first);
  assert.equal(first.wasClosed, true);
  assert.equal(socket().url, "/ws/board/main/?protocol=2&cursor=t%3Ae%3A1");
});

test("delays after a second gap until a heartbeat", () => {
  const { connection } = live();
  socket().receive(update(5));
  socket().receive(HELLO);
  socket().receive(update(5));
  assert.equal(connection.state.name, "reconnecting");
  connection.wake();
  socket().receive(HEARTBEAT);
  socket().receive(update(5));
  assert.equal(FakeSocket.opened.length, 4);
});

test("gives up when a heartbeat is too late", () => {
  const { connection, timers } = live();
  timers.pass(13_000);
  socket().receive(HEARTBEAT);
  timers.pass(13_999);
  assert.equal(connection.state.name, "live");
  const silent = socket();
  timers.pass(1);
  assert.deepEqual([connection.state.name, silent.wasClosed], ["reconnecting", true]);
});

test("notices a dead connection within 20 s by default", () => {
  const { connection, timers } = opened();
  socket().receive({ ...HELLO, heartbeat_s: 15 });
  socket().receive(REPLAY);
  timers.pass(20_000);
  assert.equal(connection.state.name, "reconnecting");
});

test("doubles its patience with each silence in a row", () => {
  const { connection, timers } = live();
  const waits = [];
  for (let count = 0; count < 6; count += 1) {
    const began = timers.nowMs;
    while (connection.state.name !== "reconnecting") timers.pass(1000);
    waits.push((timers.nowMs - began) / 1000);
    connection.wake();
    socket().receive(HELLO);
  }
  assert.deepEqual(waits, [14, 28, 56, 112, 112, 112]);
  socket().receive(HEARTBEAT);
  timers.pass(112_000);
  assert.equal(connection.state.name, "reconnecting");
  connection.wake();
  socket().receive(HELLO);
  socket().receive(HEARTBEAT);
  connection.networkChanged();
  socket().receive(HELLO);
  timers.pass(14_000);
  assert.equal(connection.state.name, "reconnecting");
});

test("goes offline without a network and retries by itself", () => {
  const { connection, timers, world } = live();
  world.isOnline = false;
  connection.networkLost();
  assert.deepEqual([connection.state.name, FakeSocket.opened[0].wasClosed], ["offline", true]);
  connection.networkLost();
  timers.pass(500);
  assert.equal(FakeSocket.opened.length, 2);
});

for (const [name, enter] of /** @type {[string, (connection: any) => void][]} */ ([
  ["reconnecting", () => socket().fall(1006)],
  ["closed", () => socket().fall(4504, "this address is not allowed")],
  ["connecting", (connection) => connection.connect()],
  ["live", () => {}],
])) {
  test(`connects at once on request while ${name}`, () => {
    const { connection, timers } = live();
    enter(connection);
    assert.equal(connection.state.name, name);
    const before = FakeSocket.opened.length;
    connection.connect();
    assert.equal(FakeSocket.opened.length, before + 1);
    assert.equal(connection.state.name, "connecting");
    timers.pass(500);
    assert.equal(FakeSocket.opened.length, before + 1);
  });
}

test("gives up on a socket that never answers", () => {
  const { connection, timers } = opened();
  timers.pass(10_000);
  assert.equal(connection.state.name, "reconnecting");
});

test("ignores messages of a dropped socket", () => {
  const { connection, timers, log } = live();
  const silent = socket();
  timers.pass(14_000);
  silent.receive(update(2));
  silent.fall(1006);
  assert.equal(log.updates.length, 1);
  assert.equal(connection.state.name, "reconnecting");
});

for (const code of [4500, 4501, 4599]) {
  test(`stays closed after code ${code}, with its reason`, () => {
    const { connection, timers } = live();
    socket().fall(code, "not authorised");
    connection.wake();
    timers.pass(1e9);
    assert.deepEqual(connection.state, { name: "closed", reason: "not authorised", code });
    assert.equal(FakeSocket.opened.length, 1);
  });
}

for (const code of [1000, 1001, 1006, 1012, 4408, 4412, 4429, 4499, 4600]) {
  test(`reconnects after code ${code}`, () => {
    const { timers } = live();
    socket().fall(code);
    timers.pass(500);
    assert.equal(FakeSocket.opened.length, 2);
  });
}

test("backs off until a heartbeat, not until a connection", () => {
  const { connection, timers } = live();
  const waits = [];
  for (let count = 0; count < 4; count += 1) {
    socket().fall(1006);
    waits.push(/** @type {any} */ (connection.state).retryInMs);
    timers.pass(1000);
    socket().receive(HELLO);
    socket().receive({ op: "update", caught_up: true, sections: [] });
    if (count === 2) socket().receive(HEARTBEAT);
  }
  assert.deepEqual(waits, [250, 500, 1000, 250]);
});

test("retries at once when online or visible again", () => {
  const { connection, world } = live();
  world.isOnline = false;
  socket().fall(1006);
  assert.equal(connection.state.name, "offline");
  connection.wake();
  assert.equal(FakeSocket.opened.length, 2);
  socket().fall(1006);
  connection.visibilityChanged();
  assert.equal(FakeSocket.opened.length, 3);
});

test("opens no second connection when it wakes", () => {
  const { connection, timers } = live();
  connection.wake();
  connection.visibilityChanged();
  timers.pass(13_000);
  assert.equal(FakeSocket.opened.length, 1);
});

test("makes an early attempt only once", () => {
  const { connection, timers } = live();
  socket().fall(1006);
  connection.wake();
  timers.pass(9_000);
  assert.equal(FakeSocket.opened.length, 2);
});

test("reconnects after a sleep if the server is overdue", () => {
  const timers = new FakeTimers();
  const { connection } = opened({ timers: { setTimeout: () => 1, clearTimeout: () => {} }, nowMs: () => timers.nowMs });
  socket().receive(HELLO);
  timers.pass(14_000);
  connection.wake();
  assert.equal(FakeSocket.opened.length, 1);
  timers.pass(1);
  connection.wake();
  assert.equal(FakeSocket.opened.length, 2);
});

test("opens a new socket on a new network unless closed", () => {
  const { connection } = live();
  connection.networkChanged();
  assert.equal(FakeSocket.opened.length, 2);
  assert.equal(FakeSocket.opened[0].wasClosed, true);
  socket().fall(4501, "log in");
  connection.networkChanged();
  assert.equal(FakeSocket.opened.length, 2);
  assert.deepEqual(connection.state, { name: "closed", reason: "log in", code: 4501 });
});
