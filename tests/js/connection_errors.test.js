// @ts-check
// An error in the page's own code is reported and does not end the connection.
import assert from "node:assert/strict";
import test from "node:test";

import { HEARTBEAT, HELLO, REPLAY, update, live, opened, socket } from "./connected.js";
import { FakeSocket } from "./fakes.js";

function fail() {
  throw new TypeError("undefined is not a scene");
}

for (const name of ["onState", "onUpdate", "onServerTime"]) {
  test(`stays connected and acknowledges when ${name} throws`, () => {
    const { connection, timers, log } = opened({ [name]: fail });
    socket().receive(HELLO);
    socket().receive(REPLAY);
    for (let revision = 2; revision <= 50; revision += 1) {
      socket().receive(update(revision));
      if (name !== "onUpdate") connection.painted();
    }
    socket().receive(HEARTBEAT);
    timers.pass(5_000);
    assert.equal(connection.state.name, "live");
    assert.equal(FakeSocket.opened.length, 1);
    assert.equal(socket().sent.at(-1).updates, 50);
    assert.ok(log.errors.length > 0);
    assert.ok(log.errors.every((error) => error.message === "undefined is not a scene"));
  });
}

test("reports an acknowledgement that cannot be sent", () => {
  const { connection, timers, log } = live();
  const send = socket().send;
  socket().send = fail;
  socket().receive(update(2));
  socket().receive(update(3));
  connection.painted();
  assert.equal(log.errors.length, 1);
  assert.equal(connection.state.name, "live");
  socket().send = send;
  socket().receive(update(4));
  connection.painted();
  timers.pass(1_000);
  assert.deepEqual(socket().sent, [{ op: "ack", updates: 4 }]);
});

test("blames the server for a malformed message", () => {
  const { connection, log } = live();
  socket().receive({ op: "update", sections: [null] });
  assert.equal(connection.state.name, "reconnecting");
  assert.match(/** @type {any} */ (connection.state).reason, /cannot read/);
  assert.deepEqual(log.errors, []);
});
