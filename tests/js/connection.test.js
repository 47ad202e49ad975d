// @ts-check
// What a connection says of itself, by what comes over its socket.
import assert from "node:assert/strict";
import test from "node:test";

import { HEARTBEAT, HELLO, update, live, opened, socket } from "./connected.js";
import { FakeSocket } from "./fakes.js";

test("it goes from connecting over replaying to live", () => {
  const { log } = live();
  assert.deepEqual(log.states.map(({ name }) => name), ["connecting", "replaying", "live"]);
  assert.deepEqual(log.updates, [[["t"], true]]);
});

test("a replay of several updates ends with the one that says so", () => {
  const { connection } = opened();
  socket().receive(HELLO);
  socket().receive(update(1, { reset: true }));
  assert.equal(connection.state.name, "replaying");
  socket().receive({ op: "update", caught_up: true, sections: [] });
  assert.equal(connection.state.name, "live");
});

test("hello and heartbeat tell the server's time", () => {
  const { log } = live();
  socket().receive(HEARTBEAT);
  assert.deepEqual(log.times, [1790000000, 1790000010]);
});

test("it states its protocol in the address", () => {
  opened();
  assert.equal(new URL(socket().url, "ws://localhost").searchParams.get("protocol"), "2");
});

/** @type {[string, () => void][]} */
const REFUSALS = [
  ["a hello of protocol 3", () => socket().receive({ ...HELLO, protocol: 3 })],
  ["close code 4502", () => socket().fall(4502, "this server uses protocol 3")],
];

for (const [name, refuse] of REFUSALS) {
  test(`${name} closes the connection and asks for a reload`, () => {
    const { connection, timers } = opened();
    refuse();
    timers.pass(1e9);
    assert.equal(connection.state.name, "closed");
    assert.match(/** @type {any} */ (connection.state).reason, /^reload this page: .*protocol 3/);
    assert.equal(FakeSocket.opened.length, 1);
  });
}

for (const text of ["no json", '{"op":"update"}', "null"]) {
  test(`a message that cannot be read (${text}) ends in another try, not in an error`, () => {
    const { connection } = live();
    socket().receive(text);
    assert.equal(connection.state.name, "reconnecting");
  });
}

test("a message of a kind it does not know is passed over", () => {
  const { connection } = live();
  socket().receive({ op: "news" });
  assert.equal(connection.state.name, "live");
});

test("a heartbeat that names what the page does not have makes it catch up, unless that was only on its way", () => {
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

test("a page that has gone past the heads of a heartbeat is live at the next one", () => {
  const { connection, timers } = live();
  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 2] } });
  timers.pass(500);
  socket().receive(update(1, { epoch: "later", reset: true }));
  assert.equal(connection.state.name, "catching-up");
  socket().receive({ ...HEARTBEAT, heads: { t: ["later", 1] } });
  assert.equal(connection.state.name, "live");
});

test("a keyspace that was never written and that no update named is nothing to catch up with", () => {
  const { connection, timers } = live();
  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 1], unused: ["", 0] } });
  timers.pass(500);
  assert.equal(connection.state.name, "live");
});

test("it is replaying at first", () => {
  const { log } = live();
  socket().fall(1012);
  assert.deepEqual(log.states.map(({ name }) => name), ["connecting", "replaying", "live", "reconnecting"]);
});

test("coming back it is not live before the replay has ended", () => {
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
