// @ts-check
/** Plays the server beside the page's main thread: hello, the whole state, then a frame a tick and a beat a second. */

import { Feed } from "./feed.js";

const TICK_MS = 1000 / 60;
const BEAT_S = 15;
const HELLO = { op: "hello", protocol: 1, board: "main", beat_s: BEAT_S, window: { frames: 1e9, bytes: 1e12 }, keyspaces: {} };

const nowS = () => Date.now() / 1000;
const rate = Number(new URL(location.href).searchParams.get("rate"));
const feed = new Feed(Math.random);

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
  send(feed.frame(due, nowS()));
}, TICK_MS);
setInterval(() => send({ op: "beat", server_time: nowS(), heads: {} }), BEAT_S * 1000);
