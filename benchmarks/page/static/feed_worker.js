// @ts-check
/** Plays the server beside the page's main thread: hello, the whole state, then an update a tick and a heartbeat a second. */

import { CurvesFeed } from "./curves_feed.js";
import { Feed } from "./feed.js";

const TICK_MS = 1000 / 60;
const HEARTBEAT_S = 15;
const HELLO = { op: "hello", protocol: 2, board: "main", heartbeat_s: HEARTBEAT_S, window: { updates: 1e9, bytes: 1e12 }, keyspaces: {} };

const nowS = () => Date.now() / 1000;
const parameters = new URL(location.href).searchParams;
const rate = Number(parameters.get("rate"));
const curves = parameters.get("curves");
const feed = curves === "lines" || curves === "runs" ? new CurvesFeed(curves, Math.random) : new Feed(Math.random);

/** @param {object} message */
function send(message) {
  self.postMessage(JSON.stringify(message));
}

send({ ...HELLO, server_time: nowS() });
send(feed.replay(nowS()));
const began = performance.now();
let sent = 0;
setInterval(() => {
  // What a late tick missed comes with the next one, as from a server that is busy.
  const due = Math.floor(((performance.now() - began) / 1000) * rate) - sent;
  if (due <= 0) return;
  sent += due;
  send(feed instanceof CurvesFeed ? feed.update(nowS()) : feed.update(due, nowS()));
}, TICK_MS);
setInterval(() => send({ op: "heartbeat", server_time: nowS(), heads: {} }), HEARTBEAT_S * 1000);
