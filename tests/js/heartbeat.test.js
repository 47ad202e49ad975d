// @ts-check
// A page that has other entries than the server reports it at the next heartbeat, and starts over.
import assert from "node:assert/strict";
import test from "node:test";

import { Verifier, digestOf } from "#stickyboard/heartbeat.js";
import { Mirror } from "#stickyboard/mirror.js";

import { HEARTBEAT, HELLO, live, opened, socket } from "./connected.js";

class IgnoresFloors extends Mirror {
  /** @param {import("#stickyboard/mirror.js").Update} update */
  applyUpdate(update) {
    return super.applyUpdate({ ...update, sections: update.sections.map((section) => ({ ...section, floors: {} })) });
  }
}

/** @param {string} lane @param {number} revision @returns {any} */
const entry = (lane, revision) => [`${revision}`, lane, revision, 1, {}];
const REPLAY = {
  op: "update",
  caught_up: true,
  sections: [{ type: "t", epoch: "e", from: 0, to: 2, reset: true, entries: [entry("x", 1), entry("y", 2)] }],
};
const EVICTION = { op: "update", sections: [{ type: "t", epoch: "e", from: 2, to: 3, floors: { x: 1 }, entries: [entry("x", 3)] }] };
const STORED = digestOf([{ key: "2", revision: 2 }, { key: "3", revision: 3 }]);
const AFTER = { ...HEARTBEAT, heads: { t: ["e", 3] }, digests: { t: STORED } };

/** @param {Mirror} mirror */
function evicted(mirror) {
  const parts = opened({ mirror });
  for (const message of [HELLO, REPLAY, EVICTION]) socket().receive(message);
  return parts;
}

/** @param {Mirror} mirror */
const mismatches = (mirror, heartbeats = 1, verifier = new Verifier()) =>
  Array.from({ length: heartbeats }, () => verifier.mismatchIn(/** @type {any} */ (AFTER), mirror));

test("digests are the sums that the protocol defines", () => {
  assert.equal(digestOf([]), "00000000");
  assert.equal(digestOf([{ key: "gbt", revision: 17 }]), "af9e71f0");
  // Python: f"{(crc32(b'gbt', 17) + crc32('ü𝄞'.encode(), 2**33 + 5)) % 2**32:08x}"
  assert.equal(digestOf([{ key: "ü𝄞", revision: 2 ** 33 + 5 }, { key: "gbt", revision: 17 }]), "484fd907");
});

test("a right mirror reports nothing", () => {
  const { connection } = evicted(new Mirror());
  socket().receive(AFTER);
  assert.deepEqual([socket().sent, connection.state.name], [[], "live"]);
});

test("a mirror that ignores a floor is reported by the next heartbeat", () => {
  const mirror = new IgnoresFloors();
  const { connection, timers } = evicted(mirror);
  const first = socket();
  first.receive(AFTER);
  const found = digestOf(mirror.entries("t"));
  assert.deepEqual(first.sent, [{ op: "mismatch", type: "t", expected: STORED, found }]);
  assert.deepEqual([first.wasClosed, connection.state.name, mirror.count("t")], [true, "reconnecting", 3]);
  timers.pass(1000);
  assert.match(socket().url, /cursor=$/);
  for (const message of [HELLO, { ...REPLAY, sections: [{ ...EVICTION.sections[0], from: 0, reset: true, entries: [entry("y", 2), entry("x", 3)] }] }]) socket().receive(message);
  socket().receive(AFTER);
  assert.deepEqual([socket().sent, mirror.count("t"), connection.state.name], [[], 2, "live"]);
  socket().fall(1012);
  timers.pass(1000);
  assert.match(socket().url, /cursor=t%3Ae%3A3$/);
});

test("starts over until it has a replay", () => {
  const { timers } = evicted(new IgnoresFloors());
  socket().receive(AFTER);
  timers.pass(1000);
  socket().fall(1006);
  timers.pass(1000);
  assert.match(socket().url, /cursor=$/);
});

test("digests of other heads are not compared", () => {
  const { connection } = live();
  for (const head of [["e", 2], ["e", 0], ["f", 1]]) {
    socket().receive({ ...HEARTBEAT, heads: { t: head, u: ["e", 1] }, digests: { t: "00000000", u: "00000000" } });
  }
  assert.deepEqual([socket().sent, connection.state.name], [[], "live"]);
});

test("a mirror that stays wrong is compared less often", () => {
  const mirror = new IgnoresFloors();
  evicted(mirror);
  const found = mismatches(mirror, 16).map((mismatch, index) => (mismatch ? index : -1));
  assert.deepEqual(found.filter((index) => index >= 0), [0, 1, 3, 7, 15]);
});
