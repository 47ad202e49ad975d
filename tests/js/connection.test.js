// @ts-check
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { Connection } from "#broadcast/connection.js";
import { Mirror } from "#broadcast/mirror.js";

import { FakeSocket, FakeTimers } from "./fakes.js";

const HELLO = { op: "hello", protocol: 1, server_time: 1790000000, beat_s: 10, window: { frames: 6, bytes: 2000 } };
const BEAT = { op: "beat", server_time: 1790000010, heads: {} };

beforeEach(() => {
  FakeSocket.opened = [];
});

/** A connection with everything it touches. @param {object} [options] */
function opened(options = {}) {
  const timers = new FakeTimers();
  const mirror = new Mirror();
  /** @type {{states: any[], frames: any[], times: number[]}} */
  const log = { states: [], frames: [], times: [] };
  const world = { isHidden: false, isOnline: true };
  const connection = new Connection({
    WebSocket: /** @type {any} */ (FakeSocket),
    urlOf: (cursor) => `/ws/board/main/?cursor=${encodeURIComponent(cursor)}`,
    mirror,
    timers,
    nowMs: () => timers.nowMs,
    random: () => 0.5,
    isHidden: () => world.isHidden,
    isOnline: () => world.isOnline,
    onState: (state) => log.states.push(state),
    onFrame: (changed, caughtUp) => log.frames.push([[...changed], caughtUp]),
    onServerTime: (serverTimeS) => log.times.push(serverTimeS),
    ...options,
  });
  connection.connect();
  return { connection, timers, mirror, log, world };
}

/** @returns {FakeSocket} the newest */
function socket() {
  return /** @type {FakeSocket} */ (FakeSocket.opened.at(-1));
}

/** @param {number} revision @param {object} [more] */
function frame(revision, more = {}) {
  const section = { type: "t", epoch: "e", from: revision - 1, to: revision, entries: [["k", "", revision, 1, {}]] };
  return { op: "frame", sections: [{ ...section, ...more }] };
}

const REPLAY = { ...frame(1, { reset: true }), caught_up: true };

function live() {
  const parts = opened();
  socket().receive(HELLO);
  socket().receive(REPLAY);
  return parts;
}

test("it goes from connecting over replaying to live", () => {
  const { log } = live();
  assert.deepEqual(log.states.map(({ name }) => name), ["connecting", "replaying", "live"]);
  assert.deepEqual(log.frames, [[["t"], true]]);
});

test("a replay of several frames ends with the one that says so", () => {
  const { connection } = opened();
  socket().receive(HELLO);
  socket().receive(frame(1, { reset: true }));
  assert.equal(connection.state.name, "replaying");
  socket().receive({ op: "frame", caught_up: true, sections: [] });
  assert.equal(connection.state.name, "live");
});

test("hello and beat tell the server's time", () => {
  const { log } = live();
  socket().receive(BEAT);
  assert.deepEqual(log.times, [1790000000, 1790000010]);
});

test("it comes back with the cursor, escaped", () => {
  const { timers } = live();
  assert.equal(socket().url, "/ws/board/main/?cursor=");
  socket().fall(1006);
  timers.pass(250);
  assert.equal(socket().url, "/ws/board/main/?cursor=t%3Ae%3A1");
});

test("it acknowledges at half a window of frames, after painting", () => {
  const { connection } = live();
  socket().receive(frame(2));
  connection.painted();
  assert.deepEqual(socket().sent, []);
  socket().receive(frame(3));
  assert.deepEqual(socket().sent, []);
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 3 }]);
});

test("acknowledgements count all frames since the socket connected", () => {
  const { connection, timers } = live();
  for (let revision = 2; revision <= 6; revision += 1) {
    socket().receive(frame(revision));
    connection.painted();
  }
  assert.deepEqual(socket().sent.map(({ frames }) => frames), [3, 6]);
  socket().fall(1012);
  timers.pass(250);
  socket().receive(HELLO);
  for (let revision = 7; revision <= 9; revision += 1) socket().receive(frame(revision));
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 3 }]);
});

test("less than half a window is acknowledged a quarter of a second after it was painted, once", () => {
  const { connection, timers } = live();
  connection.painted();
  timers.pass(249);
  assert.deepEqual(socket().sent, []);
  timers.pass(1);
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 1 }]);
  connection.painted();
  timers.pass(1000);
  assert.equal(socket().sent.length, 1);
});

test("what half a window acknowledged is not acknowledged again in time", () => {
  const { connection, timers } = live();
  connection.painted();
  socket().receive(frame(2));
  socket().receive(frame(3));
  connection.painted();
  timers.pass(1000);
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 3 }]);
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
  socket().receive(frame(2, { entries: [["k", "", 2, 1, "x".repeat(1000)]] }));
  connection.painted();
  socket().receive(frame(3));
  connection.painted();
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 2 }]);
});

test("it counts bytes and not characters, as the server does", () => {
  const { connection } = live();
  socket().receive(frame(2, { entries: [["k", "", 2, 1, "é".repeat(500)]] }));
  connection.painted();
  assert.deepEqual(socket().sent.at(-1), { op: "ack", frames: 2 });
});

test("hidden, it acknowledges without painting", () => {
  const { world } = live();
  world.isHidden = true;
  socket().receive(frame(2));
  socket().receive(frame(3));
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 3 }]);
});

test("on being hidden it acknowledges what will not be painted now", () => {
  const { connection, world } = live();
  socket().receive(frame(2));
  socket().receive(frame(3));
  world.isHidden = true;
  connection.visibilityChanged();
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 3 }]);
});

test("frames that change nothing are acknowledged, as nothing will be painted", () => {
  live();
  for (let count = 0; count < 2; count += 1) socket().receive({ op: "frame", sections: [] });
  assert.deepEqual(socket().sent, [{ op: "ack", frames: 3 }]);
});

test("a gap is answered by coming back at once with the cursor", () => {
  live();
  const first = socket();
  first.receive(frame(5));
  assert.notEqual(socket(), first);
  assert.equal(first.wasClosed, true);
  assert.equal(socket().url, "/ws/board/main/?cursor=t%3Ae%3A1");
});

test("a second gap waits, until a beat has shown that the connection holds", () => {
  const { connection } = live();
  socket().receive(frame(5));
  socket().receive(HELLO);
  socket().receive(frame(5));
  assert.equal(connection.state.name, "reconnecting");
  connection.wake();
  socket().receive(BEAT);
  socket().receive(frame(5));
  assert.equal(FakeSocket.opened.length, 4);
});

test("silence for two and a half beats is the end of a connection", () => {
  const { connection, timers } = live();
  timers.pass(24_000);
  socket().receive(BEAT);
  timers.pass(24_999);
  assert.equal(connection.state.name, "live");
  const silent = socket();
  timers.pass(1);
  assert.deepEqual([connection.state.name, silent.wasClosed], ["reconnecting", true]);
});

test("a socket that never answers is given up", () => {
  const { connection, timers } = opened();
  timers.pass(10_000);
  assert.equal(connection.state.name, "reconnecting");
});

test("what a dropped socket still says is not listened to", () => {
  const { connection, timers, log } = live();
  const silent = socket();
  timers.pass(25_000);
  silent.receive(frame(2));
  silent.fall(1006);
  assert.equal(log.frames.length, 1);
  assert.equal(connection.state.name, "reconnecting");
});

for (const code of [4500, 4501, 4599]) {
  test(`close code ${code} is for good, with its reason`, () => {
    const { connection, timers } = live();
    socket().fall(code, "not authorised");
    connection.wake();
    timers.pass(1e9);
    assert.deepEqual(connection.state, { name: "closed", reason: "not authorised", code });
    assert.equal(FakeSocket.opened.length, 1);
  });
}

for (const code of [1000, 1001, 1006, 1012, 4408, 4412, 4429, 4499, 4600]) {
  test(`close code ${code} means to come back`, () => {
    const { timers } = live();
    socket().fall(code);
    timers.pass(500);
    assert.equal(FakeSocket.opened.length, 2);
  });
}

test("waits grow until a beat, not until a connection that falls at once", () => {
  const { connection, timers } = live();
  const waits = [];
  for (let count = 0; count < 4; count += 1) {
    socket().fall(1006);
    waits.push(/** @type {any} */ (connection.state).retryInMs);
    timers.pass(1000);
    socket().receive(HELLO);
    socket().receive({ op: "frame", caught_up: true, sections: [] });
    if (count === 2) socket().receive(BEAT);
  }
  assert.deepEqual(waits, [250, 500, 1000, 250]);
});

test("it tries at once when the network is back or the page is shown", () => {
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

test("waking a connection that holds opens no second one", () => {
  const { connection, timers } = live();
  connection.wake();
  connection.visibilityChanged();
  timers.pass(24_000);
  assert.equal(FakeSocket.opened.length, 1);
});

test("a try that was made early is not made again when its time comes", () => {
  const { connection, timers } = live();
  socket().fall(1006);
  connection.wake();
  timers.pass(9_000);
  assert.equal(FakeSocket.opened.length, 2);
});

test("another protocol asks for a reload and does not come back", () => {
  const { connection } = opened();
  socket().receive({ ...HELLO, protocol: 2 });
  assert.deepEqual(connection.state, { name: "closed", reason: "the server was updated; reload this page", code: null });
});

for (const text of ["no json", '{"op":"frame"}', "null"]) {
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

test("a beat that names what the page does not have makes it catch up, unless that was only on its way", () => {
  const { connection, timers } = live();
  socket().receive({ ...BEAT, heads: { t: ["e", 2] } });
  assert.equal(connection.state.name, "live");
  timers.pass(500);
  assert.equal(connection.state.name, "catching-up");
  socket().receive(frame(2));
  assert.equal(connection.state.name, "live");

  socket().receive({ ...BEAT, heads: { t: ["e", 3] } });
  socket().receive(frame(3));
  timers.pass(500);
  assert.equal(connection.state.name, "live");
});

test("a page that has gone past the heads of a beat is live at the next one", () => {
  const { connection, timers } = live();
  socket().receive({ ...BEAT, heads: { t: ["e", 2] } });
  timers.pass(500);
  socket().receive(frame(1, { epoch: "later", reset: true }));
  assert.equal(connection.state.name, "catching-up");
  socket().receive({ ...BEAT, heads: { t: ["later", 1] } });
  assert.equal(connection.state.name, "live");
});

test("a keyspace that was never written and that no frame named is nothing to catch up with", () => {
  const { connection, timers } = live();
  socket().receive({ ...BEAT, heads: { t: ["e", 1], unused: ["", 0] } });
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
  socket().receive(frame(2));
  assert.equal(connection.state.name, "catching-up");
  socket().receive({ op: "frame", sections: [], caught_up: true });
  assert.equal(connection.state.name, "live");
});

test("a machine that woke up tries again at once if the server was due to be heard", () => {
  const timers = new FakeTimers();
  const { connection } = opened({ timers: { setTimeout: () => 1, clearTimeout: () => {} }, nowMs: () => timers.nowMs });
  socket().receive(HELLO);
  timers.pass(25_000);
  connection.wake();
  assert.equal(FakeSocket.opened.length, 1);
  timers.pass(1);
  connection.wake();
  assert.equal(FakeSocket.opened.length, 2);
});

test("another network means another socket, but not after a close for good", () => {
  const { connection } = live();
  connection.networkChanged();
  assert.equal(FakeSocket.opened.length, 2);
  assert.equal(FakeSocket.opened[0].wasClosed, true);
  socket().fall(4501, "log in");
  connection.networkChanged();
  assert.equal(FakeSocket.opened.length, 2);
  assert.deepEqual(connection.state, { name: "closed", reason: "log in", code: 4501 });
});
