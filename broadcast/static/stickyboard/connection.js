// @ts-check
/**
 * One board's socket: it comes back by itself, always with the mirror's cursor.
 *
 *     connecting ─► replaying ─► live ◄─► catching-up
 *         ▲                       ├─► reconnecting | offline ─┐
 *         └───────────────────────┼───────────────────────────┘
 *                                 └─► closed (for good)
 *
 * It is replaying at first and catching up whenever it was live before: after coming back, and when a
 * heartbeat names revisions that it does not have.
 *
 * An error that the page's own callbacks throw is the page's: it is reported with `onError`, the connection
 * stays, and the update is acknowledged.
 *
 * Clock, chance and the WebSocket class are passed in, so that tests need neither network nor sleep.
 */

import { Acks } from "./acks.js";
import { backoffMs } from "./backoff.js";

/**
 * @typedef {import("./mirror.js").Update} Update
 * @typedef {Record<string, [epoch: string, revision: number]>} Heads
 * @typedef {{name: "connecting" | "replaying" | "catching-up" | "live"}
 *   | {name: "reconnecting" | "offline", retryInMs: number, reason: string}
 *   | {name: "closed", reason: string, code: number | null}} State `code` of a closing by the server
 * @typedef {object} Options
 * @property {new (url: string) => WebSocket} WebSocket
 * @property {string} url of the socket, without a query
 * @property {import("./mirror.js").Mirror} mirror
 * @property {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} timers
 * @property {() => number} random
 * @property {() => number} nowMs a clock that goes on while the machine sleeps
 * @property {() => boolean} isHidden whether nothing is painted now, as the page is hidden or paused
 * @property {() => boolean} isOnline
 * @property {(state: State) => void} onState
 * @property {(changed: Set<string>, caughtUp: boolean, changes: number) => void} onUpdate after it was
 *   applied: the types it changed, whether it ended a replay, and how many changes it bore
 * @property {(serverTimeS: number) => void} onServerTime
 * @property {(error: unknown) => void} onError a callback of the page threw, or an acknowledgement could not be sent
 */

const utf8 = new TextEncoder();
const PROTOCOL = 2;
const PROTOCOL_ERROR = 4502; // close code of a page that this server does not understand
const MAX_QUERY_CHARACTERS = 4096; // a longer cursor is sent as the first message; servers read 8,192 bytes of an address
const CONNECT_TIMEOUT_MS = 10_000;
// A heartbeat comes whatever else is sent, so little more than its interval is enough to miss one.
const LATE_SHARE = 1.2;
const LATE_MS = 2000;
// A long replay over a slow line is silent while it arrives: each silence in a row is waited for twice as long.
const MAX_PATIENCE = 8;
// Updates with what a heartbeat names may still be on their way.
const BEHIND_MS = 500;
const FIRST_WINDOW = { updates: 120, bytes: 32_768 };

export class Connection {
  /** @type {State} */
  state = { name: "connecting" };
  #options;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {any} */
  #retryTimer = null;
  /** @type {any} */
  #silenceTimer = null;
  /** @type {any} */
  #ackTimer = null;
  /** @type {any} */
  #behindTimer = null;
  #silenceMs = CONNECT_TIMEOUT_MS;
  #heardAtMs = 0;
  #wasLive = false;
  #isReplayed = false;
  /** What the newest heartbeat named @type {Heads} */
  #heads = {};
  #acks;
  #attempt = 0;
  #hadGap = false;
  #patience = 1;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#acks = new Acks(options.random);
  }

  /** Open a socket with the mirror's cursor, in place of the one there may be. */
  connect() {
    const { WebSocket, url, mirror } = this.#options;
    this.#drop();
    this.#acks.begin(FIRST_WINDOW);
    this.#isReplayed = false;
    this.#enter({ name: "connecting" });
    const cursor = `cursor=${encodeURIComponent(mirror.cursor())}`;
    const isLong = cursor.length > MAX_QUERY_CHARACTERS;
    const socket = new WebSocket(`${url}?protocol=${PROTOCOL}&${isLong ? "resume=1" : cursor}`);
    if (isLong) socket.onopen = () => socket.send(JSON.stringify({ op: "resume", cursor: mirror.heads() }));
    socket.onmessage = (message) => this.#received(message.data);
    socket.onclose = (close) => this.#closed(close);
    this.#socket = socket;
    this.#silenceMs = CONNECT_TIMEOUT_MS * this.#patience;
    this.#awaitNextMessage();
  }

  /** Connect now, whatever the state is, as a person asks for it. */
  retryNow() {
    this.connect();
  }

  /** The browser reports that it has no network: an open socket is no sign of one. */
  networkLost() {
    if (this.#socket !== null) this.#retryLater("this device has no network");
  }

  /** Try again now if the next try is only waiting for its time, or if a heartbeat is overdue. */
  wake() {
    // A machine that slept has timers that slept too, and a socket that still says OPEN.
    const isOverdue = this.#options.nowMs() - this.#heardAtMs > this.#silenceMs;
    if (this.#retryTimer !== null || (this.#socket !== null && isOverdue)) this.connect();
  }

  /** Connect anew: after a change of network the old socket may say OPEN for long and be dead. */
  networkChanged() {
    if (this.state.name !== "closed") this.connect();
  }

  /** Acknowledge what was painted, at once or soon. */
  painted() {
    const dueInMs = this.#acks.dueInMs(this.#options.nowMs());
    this.#options.timers.clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
    if (dueInMs === 0) this.#acknowledge();
    else if (dueInMs !== null) this.#ackTimer = this.#options.timers.setTimeout(() => this.#acknowledge(), dueInMs);
  }

  /** Acknowledge what will not be painted while hidden; try again now when shown. */
  visibilityChanged() {
    if (this.#isHidden()) this.painted();
    else this.wake();
  }

  /** @param {string} reason Close for good and say why. @param {number | null} [code] */
  close(reason, code = null) {
    this.#drop();
    this.#enter({ name: "closed", reason, code });
  }

  /** @param {string} text */
  #received(text) {
    this.#awaitNextMessage();
    try {
      this.#read(JSON.parse(text), utf8.encode(text).length);
    } catch (error) {
      this.#retryLater(`the server sent what this page cannot read: ${error}`);
    }
  }

  /** @param {any} message @param {number} bytes */
  #read(message, bytes) {
    if (message.server_time !== undefined) this.#callPage(() => this.#options.onServerTime(message.server_time));
    if (message.op === "hello") this.#greeted(message);
    if (message.op === "update") this.#take(message, bytes);
    if (message.op === "heartbeat") this.#beaten(message);
  }

  /** @param {{heads: Heads}} heartbeat */
  #beaten({ heads }) {
    this.#settled();
    this.#heads = heads;
    this.#goLive();
    if (!this.#isBehind()) return;
    this.#behindTimer ??= this.#options.timers.setTimeout(() => {
      this.#behindTimer = null;
      if (this.#isBehind() && this.state.name === "live") this.#enter({ name: "catching-up" });
    }, BEHIND_MS);
  }

  #isBehind() {
    return Object.entries(this.#heads).some(([type, [epoch, revision]]) => {
      const head = this.#options.mirror.head(type);
      return head ? head.epoch !== epoch || head.revision < revision : revision > 0;
    });
  }

  /** Only a connection that lasted until a heartbeat ends the row of tries: one may open and fall at once. */
  #settled() {
    this.#attempt = 0;
    this.#hadGap = false;
    this.#patience = 1;
  }

  /** @param {{protocol: number, heartbeat_s: number, window: {updates: number, bytes: number}}} hello */
  #greeted({ protocol, heartbeat_s, window }) {
    if (protocol !== PROTOCOL) return this.close(`reload this page: the server uses protocol ${protocol}, this page ${PROTOCOL}`);
    this.#acks.begin(window);
    this.#silenceMs = (LATE_SHARE * heartbeat_s * 1000 + LATE_MS) * this.#patience;
    this.#awaitNextMessage();
    this.#enter({ name: this.#wasLive ? "catching-up" : "replaying" });
  }

  /** @param {Update} update @param {number} bytes */
  #take(update, bytes) {
    this.#acks.took(bytes, this.#options.nowMs());
    const { changed, gaps, changes } = this.#options.mirror.applyUpdate(update);
    const isTaken = this.#callPage(() => this.#options.onUpdate(changed, update.caught_up === true, changes));
    if (gaps.length > 0) return this.#comeBackAfterGap(gaps);
    if (update.caught_up) this.#isReplayed = true;
    this.#goLive();
    if (!isTaken || changed.size === 0 || this.#isHidden()) this.painted();
  }

  #goLive() {
    if (this.state.name === "live" || !this.#isReplayed || this.#isBehind()) return;
    this.#wasLive = true;
    this.#enter({ name: "live" });
  }

  #acknowledge() {
    this.#ackTimer = null;
    if (this.#socket?.readyState !== 1) return;
    const text = JSON.stringify({ op: "ack", updates: this.#acks.tell(this.#options.nowMs()) });
    this.#callPage(() => this.#socket?.send(text));
  }

  /** @param {string[]} gaps */
  #comeBackAfterGap(gaps) {
    // At once, but only once until a heartbeat has come: a server that never fits must not be hammered.
    if (this.#hadGap) return this.#retryLater(`a gap in ${gaps.join(", ")}`);
    this.#hadGap = true;
    this.connect();
  }

  /** @param {{code: number, reason: string}} close */
  #closed({ code, reason }) {
    const why = reason || `the connection was closed (${code})`;
    if (code === PROTOCOL_ERROR) this.close(`reload this page: ${why}`, code);
    else if (code >= 4500 && code <= 4599) this.close(why, code);
    else this.#retryLater(why);
  }

  /** @param {string} reason */
  #retryLater(reason) {
    this.#drop();
    const retryInMs = backoffMs(this.#attempt, this.#options.random);
    this.#attempt += 1;
    this.#retryTimer = this.#options.timers.setTimeout(() => this.connect(), retryInMs);
    this.#enter({ name: this.#isOnline() ? "reconnecting" : "offline", retryInMs, reason });
  }

  #awaitNextMessage() {
    const { timers, nowMs } = this.#options;
    this.#heardAtMs = nowMs();
    timers.clearTimeout(this.#silenceTimer);
    // readyState says OPEN long after a network is gone; only silence tells.
    this.#silenceTimer = timers.setTimeout(() => this.#fellSilent(), this.#silenceMs);
  }

  #fellSilent() {
    this.#patience = Math.min(2 * this.#patience, MAX_PATIENCE);
    this.#retryLater("the server fell silent");
  }

  #drop() {
    const { timers } = this.#options;
    timers.clearTimeout(this.#silenceTimer);
    timers.clearTimeout(this.#retryTimer);
    timers.clearTimeout(this.#ackTimer);
    timers.clearTimeout(this.#behindTimer);
    this.#retryTimer = this.#silenceTimer = this.#ackTimer = this.#behindTimer = null;
    this.#heads = {};
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    // A browser may wait a minute for the other side's close frame; nothing may come from it then.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {State} state */
  #enter(state) {
    this.state = state;
    this.#callPage(() => this.#options.onState(state));
  }

  #isHidden() {
    let isHidden = true; // then updates are acknowledged without waiting for a paint
    this.#callPage(() => (isHidden = this.#options.isHidden()));
    return isHidden;
  }

  #isOnline() {
    let isOnline = true;
    this.#callPage(() => (isOnline = this.#options.isOnline()));
    return isOnline;
  }

  /** @param {() => void} run @returns {boolean} whether it ended without an error */
  #callPage(run) {
    try {
      run();
      return true;
    } catch (error) {
      try {
        this.#options.onError(error);
      } catch (second) {
        console.error(error, second);
      }
      return false;
    }
  }
}
