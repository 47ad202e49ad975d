// @ts-check
// A connection on fake sockets and timers.
import { Connection } from "#stickyboard/connection.js";
import { Mirror } from "#stickyboard/mirror.js";

import { FakeSocket, FakeTimers } from "./fakes.js";

export const HELLO = { op: "hello", protocol: 2, server_time: 1790000000, heartbeat_s: 10, window: { updates: 6, bytes: 2000 } };
export const HEARTBEAT = { op: "heartbeat", server_time: 1790000010, heads: {} };

/** Open a connection with its fakes, and forget earlier sockets. @param {object} [options] */
export function opened(options = {}) {
  FakeSocket.opened = [];
  const timers = new FakeTimers();
  const mirror = new Mirror();
  /** @type {{states: any[], updates: any[], times: number[], errors: any[]}} */
  const log = { states: [], updates: [], times: [], errors: [] };
  const world = { isHidden: false, isOnline: true };
  const connection = new Connection({
    WebSocket: /** @type {any} */ (FakeSocket),
    url: "/ws/board/main/",
    mirror,
    timers,
    nowMs: () => timers.nowMs,
    random: () => 0.5,
    isHidden: () => world.isHidden,
    isOnline: () => world.isOnline,
    isCompressed: false,
    onState: (state) => log.states.push(state),
    onUpdate: (changed, caughtUp) => log.updates.push([[...changed], caughtUp]),
    onError: (error) => log.errors.push(error),
    onServerTime: (serverTimeS) => log.times.push(serverTimeS),
    ...options,
  });
  connection.connect();
  return { connection, timers, mirror, log, world };
}

/** @returns {FakeSocket} the newest socket */
export function socket() {
  return /** @type {FakeSocket} */ (FakeSocket.opened.at(-1));
}

/** @param {number} revision @param {object} [more] */
export function update(revision, more = {}) {
  const section = { type: "t", epoch: "e", from: revision - 1, to: revision, entries: [["k", "", revision, 1, {}]] };
  return { op: "update", sections: [{ ...section, ...more }] };
}

export const REPLAY = { ...update(1, { reset: true }), caught_up: true };

export function live() {
  const parts = opened();
  socket().receive(HELLO);
  socket().receive(REPLAY);
  return parts;
}
