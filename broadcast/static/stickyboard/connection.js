// @ts-check
/**
 * The WebSocket of one board. It reconnects by itself, always with the mirror's cursor.
 *
 *     connecting ─► replaying ─► live ◄─► catching-up
 *         ▲                       ├─► reconnecting | offline ─┐
 *         └───────────────────────┼───────────────────────────┘
 *                                 └─► closed (final)
 *
 * The state is `replaying` on the first connection. It is `catching-up` on a later one, and when a heartbeat names
 * revisions that the mirror does not have.
 *
 * If `onState`, `onUpdate`, `onServerTime` or `onLayout` throws, the error is passed to `onError`, the connection stays
 * open, and the update is acknowledged.
 *
 * Clock, randomness and the WebSocket class are passed in, so that tests need neither a network nor a sleep.
 */

import { Acks } from "./acks.js";
import { backoffMs } from "./backoff.js";
import { Verifier, isBehind } from "./heartbeat.js";
import { canInflate, inflate } from "./inflate.js";
import { OrderedSocket } from "./ordered_socket.js";
import { Pace } from "./hidden_page.js";

/**
 * @typedef {import("./mirror.js").Update} Update
 * @typedef {{name: "connecting" | "replaying" | "catching-up" | "live"}
 *   | {name: "reconnecting" | "offline", retryInMs: number, reason: string}
 *   | {name: "closed", reason: string, code: number | null}} State `code` is the server's close code
 * @typedef {object} Options
 * @property {new (url: string) => WebSocket} WebSocket
 * @property {string} url of the socket, without a query
 * @property {import("./mirror.js").Mirror} mirror
 * @property {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} timers
 * @property {() => number} random
 * @property {() => number} nowMs a clock that advances while the machine sleeps
 * @property {() => boolean} isHidden whether the page is hidden: it paints nothing, and few updates suffice
 * @property {() => boolean} isOnline
 * @property {(state: State) => void} onState
 * @property {(changed: Set<string>, caughtUp: boolean, changes: number) => void} onUpdate called after an update was
 *   applied, with the types that changed, whether it ended a replay, and the number of changes
 * @property {(serverTimeS: number) => void} onServerTime
 * @property {(layout: string) => void} [onLayout] called with the version of the board's scenes
 * @property {boolean} [isCompressed] whether to request compressed messages; by default, if the browser can read them
 * @property {(error: unknown) => void} onError called when a callback threw or an acknowledgement could not be sent
 */

const PROTOCOL = 2;
const PROTOCOL_ERROR = 4502; // close code of a page that this server does not understand
const MAX_QUERY_CHARACTERS = 4096; // servers accept a request line of 8,192 bytes; a longer cursor is a message
const CONNECT_TIMEOUT_MS = 10_000;
// Heartbeats arrive on time whatever else is sent, so little more than the interval shows that one is missing.
const LATE_SHARE = 1.2;
const LATE_MS = 2000;
// A long replay over a slow line is silent while it arrives, so each timeout in a row doubles the next one.
const MAX_PATIENCE = 8;
// Updates up to the heads of a heartbeat may still be in flight.
const BEHIND_MS = 500;

export class Connection {
  /** @type {State} */
  state = { name: "connecting" };
  #options;
  /** @type {OrderedSocket | null} */
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
  #pace = new Pace();
  /** The heads of the newest heartbeat @type {import("./heartbeat.js").Heads} */
  #heads = {};
  #acks;
  #verifier = new Verifier();
  #attempt = 0;
  #hadGap = false;
  #patience = 1;
  /** @type {import("./ordered_socket.js").Listener} */
  #listener = {
    onArrival: () => (this.#heardAtMs = this.#options.nowMs()),
    onMessage: (text, bytes) => this.#onMessage(JSON.parse(text), bytes),
    onUnreadable: (error) => this.#retryLater(`the server sent a message that this page cannot read: ${error}`),
    onClose: (close) => this.#onClose(close),
  };

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#acks = new Acks(options.random);
  }

  /** Open a socket with the mirror's cursor, whatever the state is, and close the current one. */
  connect() {
    const { WebSocket, url, mirror, isCompressed = canInflate } = this.#options;
    this.#drop();
    this.#acks.reset();
    this.#isReplayed = false;
    this.#enter({ name: "connecting" });
    const cursor = `cursor=${encodeURIComponent(this.#verifier.isStartingOver ? "" : mirror.cursor())}`;
    const isLong = cursor.length > MAX_QUERY_CHARACTERS;
    const encoding = isCompressed ? "&encoding=deflate" : "";
    const socket = new WebSocket(`${url}?protocol=${PROTOCOL}&${isLong ? "resume=1" : cursor}${encoding}`);
    const resume = isLong ? JSON.stringify({ op: "resume", cursor: mirror.heads() }) : "";
    this.#socket = new OrderedSocket(socket, this.#listener, inflate, resume);
    this.#listen(CONNECT_TIMEOUT_MS * this.#patience);
  }

  /** The browser reports that it has no network. The socket may still be open, which means nothing. */
  networkLost() {
    if (this.#socket !== null) this.#retryLater("this device has no network");
  }

  /** Connect now if the next attempt is only waiting for its time, or if a heartbeat is overdue. */
  wake() {
    // While a machine sleeps its timers do too, and its socket still reports OPEN.
    const isOverdue = this.#options.nowMs() - this.#heardAtMs > this.#silenceMs;
    if (this.#retryTimer !== null || (this.#socket !== null && isOverdue)) this.connect();
  }

  /** Reconnect: after a change of network the old socket may report OPEN for a long time. */
  networkChanged() {
    if (this.state.name !== "closed") this.connect();
  }

  /** Acknowledge painted updates, now or soon. */
  painted() {
    const dueInMs = this.#acks.dueInMs(this.#options.nowMs());
    if (dueInMs === 0) return this.#acknowledge();
    // Nothing is due earlier than at the last call, so a timer stays: to move it in each frame takes longer.
    if (dueInMs !== null) this.#ackTimer ??= this.#options.timers.setTimeout(() => ((this.#ackTimer = null), this.painted()), dueInMs);
  }

  /** Acknowledge updates that a hidden page will not paint; reconnect at once when it is visible again. */
  visibilityChanged() {
    this.#send(this.#pace.request(this.#options.isHidden()));
    if (this.#options.isHidden()) this.painted();
    else this.wake();
  }

  /** Close without reconnecting. @param {string} reason @param {number | null} [code] */
  close(reason, code = null) {
    this.#drop();
    this.#enter({ name: "closed", reason, code });
  }

  /** @param {any} message @param {number} bytes */
  #onMessage(message, bytes) {
    if (message.server_time !== undefined) this.#callPage(() => this.#options.onServerTime(message.server_time));
    if (message.op === "hello") this.#onHello(message);
    if (message.op === "update") this.#onUpdate(message, bytes);
    if (message.op === "heartbeat") this.#onHeartbeat(message);
  }

  /** @param {import("./heartbeat.js").Heartbeat} heartbeat */
  #onHeartbeat(heartbeat) {
    // Only a heartbeat resets the backoff: a connection may open and fail at once.
    [this.#attempt, this.#hadGap, this.#patience] = [0, false, 1];
    this.#heads = heartbeat.heads;
    const mismatch = this.#verifier.mismatchIn(heartbeat, this.#options.mirror);
    if (mismatch) return this.#startOver(mismatch);
    this.#goLive();
    if (this.#pace.isSlow || !isBehind(this.#heads, this.#options.mirror)) return;
    this.#behindTimer ??= this.#options.timers.setTimeout(() => {
      this.#behindTimer = null;
      if (isBehind(this.#heads, this.#options.mirror) && this.state.name === "live") this.#enter({ name: "catching-up" });
    }, BEHIND_MS);
  }

  /** Report, and reconnect without a cursor; what is painted stays. @param {import("./heartbeat.js").Mismatch} mismatch */
  #startOver(mismatch) {
    this.#send({ op: "mismatch", ...mismatch });
    this.#retryLater(`this page had other entries of ${mismatch.type} than the server`);
  }

  /** @param {any} hello */
  #onHello({ protocol, heartbeat_s, window, layout = "", max_per_s }) {
    if (protocol !== PROTOCOL) return this.close(`reload this page: the server uses protocol ${protocol}, this page ${PROTOCOL}`);
    this.#acks.reset(window);
    this.#listen((LATE_SHARE * heartbeat_s * 1000 + LATE_MS) * this.#patience);
    this.#enter({ name: this.#wasLive ? "catching-up" : "replaying" });
    this.#callPage(() => this.#options.onLayout?.(layout));
    this.#pace.reset({ max_per_s });
    this.#send(this.#pace.request(this.#options.isHidden()));
  }

  /** @param {Update} update @param {number} bytes */
  #onUpdate(update, bytes) {
    this.#acks.received(bytes, this.#options.nowMs());
    const { changed, gaps, changes } = this.#options.mirror.applyUpdate(update);
    const isHandled = this.#callPage(() => this.#options.onUpdate(changed, update.caught_up === true, changes));
    if (gaps.length > 0) return this.#reconnectAfterGap(gaps);
    if (update.caught_up) this.#isReplayed = true;
    this.#goLive();
    if (!isHandled || changed.size === 0 || this.#options.isHidden()) this.painted();
  }

  #goLive() {
    if (this.state.name === "live" || !this.#isReplayed || isBehind(this.#heads, this.#options.mirror)) return;
    this.#wasLive = true;
    this.#enter({ name: "live" });
  }

  #acknowledge() {
    if (!this.#socket?.isOpen) return;
    this.#send({ op: "ack", updates: this.#acks.acknowledge(this.#options.nowMs()) });
  }

  /** @param {object | null} message */
  #send(message) {
    if (message) this.#callPage(() => this.#socket?.send(JSON.stringify(message)));
  }

  /** @param {string[]} gaps */
  #reconnectAfterGap(gaps) {
    // At once, but only once per heartbeat, or a faulty server would be flooded with connections.
    if (this.#hadGap) return this.#retryLater(`a gap in ${gaps.join(", ")}`);
    this.#hadGap = true;
    this.connect();
  }

  /** @param {{code: number, reason: string}} close */
  #onClose({ code, reason }) {
    const why = reason || `the connection was closed (${code})`;
    if (code >= 4500 && code <= 4599) this.close(code === PROTOCOL_ERROR ? `reload this page: ${why}` : why, code);
    else this.#retryLater(why);
  }

  /** @param {string} reason */
  #retryLater(reason) {
    this.#drop();
    const retryInMs = backoffMs(this.#attempt, this.#options.random);
    this.#attempt += 1;
    this.#retryTimer = this.#options.timers.setTimeout(() => this.connect(), retryInMs);
    this.#enter({ name: this.#options.isOnline() ? "reconnecting" : "offline", retryInMs, reason });
  }

  /** A socket reports OPEN long after its network is gone, so only silence shows a dead connection. @param {number} silenceMs @param {number} [leftMs] */
  #listen(silenceMs, leftMs = silenceMs) {
    const { timers, nowMs } = this.#options;
    timers.clearTimeout(this.#silenceTimer);
    if (leftMs === silenceMs) [this.#silenceMs, this.#heardAtMs] = [silenceMs, nowMs()];
    this.#silenceTimer = timers.setTimeout(() => {
      const stillMs = this.#heardAtMs + silenceMs - nowMs();
      if (stillMs > 0) return this.#listen(silenceMs, Math.min(stillMs, silenceMs)); // the clock may have been set back
      this.#patience = Math.min(2 * this.#patience, MAX_PATIENCE);
      this.#retryLater("no heartbeat from the server");
    }, leftMs);
  }

  #drop() {
    const { timers } = this.#options;
    for (const timer of [this.#silenceTimer, this.#retryTimer, this.#ackTimer, this.#behindTimer]) timers.clearTimeout(timer);
    this.#retryTimer = this.#silenceTimer = this.#ackTimer = this.#behindTimer = null;
    this.#heads = {};
    this.#pace.reset({});
    this.#socket?.drop();
    this.#socket = null;
  }

  /** @param {State} state */
  #enter(state) {
    this.state = state;
    this.#callPage(() => this.#options.onState(state));
  }

  /** @param {() => void} run @returns {boolean} whether it returned without an error */
  #callPage(run) {
    try {
      run();
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }
}
