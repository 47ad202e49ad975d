// @ts-check
/** One board inside a page: its mirror, its socket, and the painter of all views of it. */

import { Connection } from "../connection.js";
import { Mirror } from "../mirror.js";
import { Painter } from "../painter.js";
import { ServerClock } from "../server_clock.js";
import { throttled } from "../throttle.js";
import { Arrangement } from "./arrange.js";
import { eventTypesOf } from "./board_state.js";
import { isHidden, nowMs, timers } from "./browser.js";
import { readComputedStyles } from "./computed_style.js";
import { Filter } from "./filter.js";
import { fetchFullState } from "./full_state.js";
import { letKeysScroll } from "./scene_frame.js";
import { showFailure } from "./scene_painting.js";
import { SceneView } from "./scene_view.js";
import { scenesOf } from "./scenes.js";

const AGES_MS = 250; // between two times at which all ages are shown

/**
 * @typedef {import("./embedded_view.js").EmbeddedView} EmbeddedView
 * @typedef {{key: string, view: SceneView, place: EmbeddedView}} Placed a scene in one view; a page may show it twice
 */

export class EmbeddedBoard {
  #mirror = new Mirror();
  #clock = new ServerClock(Date.now);
  #enteredMs = 0;
  #board;
  /** @type {Placed[]} */
  #placed;
  /** @type {Arrangement[]} */
  #arrangements = [];

  /** @param {import("./embed_model.js").Board} board */
  constructor(board) {
    this.#board = board;
    const eventTypes = eventTypesOf(board.state);
    const filter = new Filter([]); // none
    this.#placed = board.views.flatMap((place, index) => {
      const scenes = scenesOf(board.scenes.filter(({ name }) => place.shows(name)), eventTypes);
      const views = scenes.map((scene) => new SceneView(scene, () => this.#mirror, () => this.#clock.nowS(), filter));
      this.#arrangements.push(new Arrangement(() => views, place.parts, place.scene === "" ? (board.state.empty ?? null) : null));
      return views.map((view) => ({ key: `${index}:${view.name}`, view, place }));
    });
    this.#painter = this.#makePainter();
    this.#connection = this.#connect();
  }

  #painter;
  #connection;

  /** Show the state of the page, then open the socket. @param {typeof import("./browser.js").network} network */
  async start(network) {
    const { state, updates } = this.#board;
    this.#clock.set(state.server_time);
    const observer = new IntersectionObserver((entries) => this.#setVisible(entries));
    const previews = updates.flatMap((update) => update.previews ?? []);
    for (const update of updates) this.#mirror.applyUpdate(update);
    this.#mirror.applyUpdate({ sections: previews });
    for (const { key, view, place } of this.#placed) this.#register(key, view, place, observer);
    this.#painter.updateApplied(new Set(this.#mirror.types()), true);
    this.#listen();
    if (previews.length > 0) {
      const rest = fetchFullState(this.#mirror, state.state_path, network);
      await rest.then((changed) => this.#painter.updateApplied(changed, true), console.warn); // the socket delivers it
    }
    this.#connection.connect();
    const detail = { board: state.board, mirror: this.#mirror, connection: this.#connection, stats: this.#painter.stats };
    dispatchEvent(new CustomEvent("stickyboard-ready", { detail }));
  }

  #makePainter() {
    const drawn = new MessageChannel(); // one per painter: a page may have several boards
    return new Painter({
      requestFrame: requestAnimationFrame.bind(globalThis),
      beforePaint: () => {
        this.#arrange();
        readComputedStyles();
      },
      isBelow: () => false,
      afterFrame: (run) => {
        drawn.port1.onmessage = run;
        drawn.port2.postMessage(null);
      },
      isHidden,
      nowMs,
      later: timers.setTimeout,
      onTimed: (key, tookMs, restMs) => this.#find(key)?.view.frame.showSlowness(tookMs, restMs),
      onError: (key, error) => {
        const failed = this.#find(key);
        if (failed) showFailure(failed.view, error, failed.place.announce);
        else console.error(error);
      },
      onPainted: () => {
        this.#connection.painted();
        this.#showAgesSoon();
      },
    });
  }

  #connect() {
    return new Connection({
      WebSocket,
      url: location.origin.replace(/^http/, "ws") + this.#board.state.socket_path,
      mirror: this.#mirror,
      timers,
      nowMs: Date.now,
      random: Math.random,
      isHidden,
      isOnline: () => navigator.onLine,
      onState: () => {
        this.#enteredMs = nowMs();
        this.#showConnection();
      },
      onUpdate: (changed, caughtUp) => this.#painter.updateApplied(changed, caughtUp),
      onServerTime: (serverTimeS) => this.#clock.set(serverTimeS),
      onError: console.error,
    });
  }

  /** @param {string} key @param {SceneView} view @param {EmbeddedView} place @param {IntersectionObserver} observer */
  #register(key, view, place, observer) {
    const { element } = view.frame;
    const say = (/** @type {Event} */ event) => place.announce(/** @type {CustomEvent<string>} */ (event).detail);
    element.addEventListener("scene-repaint", () => this.#painter.repaint(key));
    element.addEventListener("scene-repaint-now", () => this.#painter.repaintNow(key));
    element.addEventListener("scene-announce", say);
    element.addEventListener("scene-notify", say);
    place.addMenu(view, () => this.#painter.repaintNow(key));
    this.#painter.register(key, view.scene.eventTypes.map(({ name }) => name), () => view.paint());
    if (view.isEmpty) view.frame.show("empty");
    observer.observe(element);
  }

  #listen() {
    addEventListener("online", () => this.#connection.networkChanged());
    addEventListener("offline", () => this.#connection.networkLost());
    document.addEventListener("visibilitychange", () => {
      this.#connection.visibilityChanged();
      this.#painter.resume();
    });
    for (const { parts } of this.#board.views) {
      new MutationObserver(() => this.#painter.repaintAll()).observe(parts.root, { attributeFilter: ["data-theme"] });
    }
    setInterval(() => this.#tick(), 1000);
  }

  #tick() {
    if (isHidden()) return;
    this.#showAges();
    this.#showConnection();
    letKeysScroll(this.#placed.map(({ view }) => view.frame));
  }

  #showAgesSoon = throttled(() => this.#showAges(), AGES_MS, { nowMs, later: timers.setTimeout });

  #showAges() {
    for (const { view } of this.#placed) view.showAge(this.#clock.nowS());
  }

  #showConnection() {
    for (const view of this.#board.views) view.showConnection(this.#connection.state, nowMs() - this.#enteredMs);
  }

  #arrange() {
    for (const arrangement of this.#arrangements) arrangement.update(null);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #setVisible(entries) {
    for (const { target, isIntersecting } of entries) {
      const found = this.#placed.find(({ view }) => view.frame.element === target);
      if (found) this.#painter.setVisible(found.key, isIntersecting || !target.isConnected);
    }
  }

  /** @param {string} key */
  #find(key) {
    return this.#placed.find((each) => each.key === key);
  }
}
