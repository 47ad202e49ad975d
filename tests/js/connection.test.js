// @ts-check
// The states of a connection.
import assert from "node:assert/strict";
import test from "node:test";

import { HEARTBEAT, HELLO, update, live, opened, socket } from "./connected.js";
import { FakeSocket } from "./fakes.js";

test("goes from connecting over replaying to live", () => {
  const { log } = live();
  assert.deepEqual(log.states.map(({ name }) => name), ["connecting", "replaying", "live"]);
  assert.deepEqual(log.updates, [[["t"], true]]);
});

test("ends a replay with the update that is marked caught up", () => {
  const { connection } = opened();
  socket().receive(HELLO);
  socket().receive(update(1, { reset: true }));
  assert.equal(connection.state.name, "replaying");
  socket().receive({ op: "update", caught_up: true, sections: [] });
  assert.equal(connection.state.name, "live");
});

test("takes the server's time from hello and heartbeat", () => {
  const { log } = live();
  socket().receive(HEARTBEAT);
  assert.deepEqual(log.times, [1790000000, 1790000010]);
});

test("sends its protocol number", () => {
  opened();
  assert.equal(new URL(socket().url, "ws://localhost").searchParams.get("protocol"), "2");
});

/** @type {[string, () => void][]} */
const REFUSALS = [
  ["a hello of protocol 3", () => socket().receive({ ...HELLO, protocol: 3 })],
  ["close code 4502", () => socket().fall(4502, "this server uses protocol 3")],
];

for (const [name, refuse] of REFUSALS) {
  test(`asks for a reload and stays closed on ${name}`, () => {
    const { connection, timers } = opened();
    refuse();
    timers.pass(1e9);
    assert.equal(connection.state.name, "closed");
    assert.match(/** @type {any} */ (connection.state).reason, /^reload this page: .*protocol 3/);
    assert.equal(FakeSocket.opened.length, 1);
  });
}

for (const text of ["no json", '{"op":"update"}', "null"]) {
  test(`retries after an unreadable message (${text})`, () => {
    const { connection } = live();
    socket().receive(text);
    assert.equal(connection.state.name, "reconnecting");
  });
}

test("ignores messages of an unknown kind", () => {
  const { connection } = live();
  socket().receive({ op: "news" });
  assert.equal(connection.state.name, "live");
});

test("catches up when a heartbeat names missing revisions", () => {
  const { connection, timers } = live();
  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 2] } });
  assert.equal(connection.state.name, "live");
  timers.pass(500);
  assert.equal(connection.state.name, "catching-up");
  socket().receive(update(2));
  assert.equal(connection.state.name, "live");

  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 3] } });
  socket().receive(update(3));
  timers.pass(500);
  assert.equal(connection.state.name, "live");
});

test("is live when it has passed the heads of a heartbeat", () => {
  const { connection, timers } = live();
  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 2] } });
  timers.pass(500);
  socket().receive(update(1, { epoch: "later", reset: true }));
  assert.equal(connection.state.name, "catching-up");
  socket().receive({ ...HEARTBEAT, heads: { t: ["later", 1] } });
  assert.equal(connection.state.name, "live");
});

test("does not wait for a keyspace that was never written", () => {
  const { connection, timers } = live();
  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 1], unused: ["", 0] } });
  timers.pass(500);
  assert.equal(connection.state.name, "live");
});

test("is replaying on the first connection", () => {
  const { log } = live();
  socket().fall(1012);
  assert.deepEqual(log.states.map(({ name }) => name), ["connecting", "replaying", "live", "reconnecting"]);
});

test("is not live again before the replay has ended", () => {
  const { connection, timers } = live();
  socket().fall(1012);
  timers.pass(250);
  socket().receive(HELLO);
  assert.equal(connection.state.name, "catching-up");
  socket().receive(update(2));
  assert.equal(connection.state.name, "catching-up");
  socket().receive({ op: "update", sections: [], caught_up: true });
  assert.equal(connection.state.name, "live");
});
