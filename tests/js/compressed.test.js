// @ts-check
// Compressed messages, and the order of what arrives after them.
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import test from "node:test";
import { deflateSync } from "node:zlib";

import { inflate } from "#stickyboard/inflate.js";
import { OrderedSocket } from "#stickyboard/ordered_socket.js";

import { HEARTBEAT, HELLO, REPLAY, opened, socket, update } from "./connected.js";
import { FakeSocket } from "./fakes.js";

/** @param {string | Uint8Array} content @returns {ArrayBuffer} */
function deflated(content) {
  return new Uint8Array(deflateSync(content)).buffer;
}

/** A socket whose messages are decompressed when the test says so. */
function ordered() {
  const fake = new FakeSocket("");
  /** @type {any[]} */
  const log = [];
  /** @type {((text: string) => void)[]} */
  const finish = [];
  const listener = {
    onArrival: () => {},
    onMessage: (/** @type {string} */ text, /** @type {number} */ bytes) => log.push([text, bytes]),
    onUnreadable: (/** @type {unknown} */ error) => log.push(error),
    onClose: ({ code = 0 }) => log.push(code),
  };
  const slow = () => new Promise((/** @type {(text: string) => void} */ resolve) => finish.push(resolve));
  const parts = new OrderedSocket(/** @type {any} */ (fake), listener, slow);
  return { fake, log, finish, ordered: parts };
}

test("delivers a text at once, with its size", () => {
  const { fake, log } = ordered();
  fake.receive("é");
  assert.deepEqual(log, [["é", 2]]);
});

test("delivers nothing before an earlier compressed message", async () => {
  const { fake, log, finish } = ordered();
  for (const data of [new ArrayBuffer(7), new ArrayBuffer(8), "text"]) fake.onmessage?.({ data });
  fake.fall(1006);
  finish[1]("second");
  await setImmediate();
  assert.deepEqual(log, []);
  finish[0]("first");
  await setImmediate();
  assert.deepEqual(log, [["first", 7], ["second", 8], ["text", 4], 1006]);
  fake.receive("later");
  assert.deepEqual(log.at(-1), ["later", 5]);
});

test("discards what waits when it is dropped", async () => {
  const { fake, log, finish, ordered: dropped } = ordered();
  fake.onmessage?.({ data: new ArrayBuffer(7) });
  dropped.drop();
  finish[0]("too late");
  await setImmediate();
  assert.deepEqual(log, []);
});

test("decompresses what zlib compressed", async () => {
  const text = "naïve 🎈 ".repeat(50_000);
  assert.equal(await inflate(deflated(text)), text);
});

/** @type {[string, ArrayBuffer][]} */
const UNREADABLE = [
  ["noise", new Uint8Array(40).fill(7).buffer],
  ["a part of a message", deflated("x".repeat(5000)).slice(0, -5)],
  ["text that is not UTF-8", deflated(new Uint8Array([0xff, 0xfe]))],
];

for (const [name, data] of UNREADABLE) {
  test(`refuses ${name}`, async () => {
    await assert.rejects(inflate(data));
  });
}

test("refuses a small message that becomes a large one", async () => {
  await assert.rejects(inflate(deflated(new Uint8Array(10_000_000)), 1_000_000), RangeError);
});

/** @param {object} message */
function receive(message) {
  socket().onmessage?.({ data: deflated(JSON.stringify(message)) });
}

/** @param {() => boolean} condition */
async function until(condition) {
  for (let turns = 0; !condition(); turns++) {
    assert.ok(turns < 10_000, "it did not happen");
    await setImmediate();
  }
}

test("requests compressed messages if the browser can read them", () => {
  opened({ isCompressed: undefined });
  assert.match(socket().url, /&encoding=deflate$/);
  opened();
  assert.doesNotMatch(socket().url, /encoding/);
});

test("applies compressed updates in order", async () => {
  const { connection, log } = opened({ isCompressed: true });
  socket().receive(HELLO);
  receive(REPLAY);
  receive(update(2));
  socket().receive(update(3));
  socket().receive({ ...HEARTBEAT, heads: { t: ["e", 3] } });
  await until(() => log.times.length === 2);
  assert.deepEqual([connection.state.name, log.updates.length, log.errors], ["live", 3, []]);
});

test("counts what was sent, not what it becomes", async () => {
  const { connection, log } = opened({ isCompressed: true });
  socket().receive(HELLO);
  receive({ ...REPLAY, unknown: "x".repeat(100_000) });
  await until(() => log.updates.length === 1);
  connection.painted();
  assert.deepEqual(socket().sent, []);
});

test("retries after a message that cannot be decompressed", async () => {
  const { connection } = opened({ isCompressed: true });
  socket().receive(HELLO);
  socket().onmessage?.({ data: UNREADABLE[0][1] });
  await until(() => connection.state.name === "reconnecting");
  assert.match(/** @type {any} */ (connection.state).reason, /cannot read/);
});
