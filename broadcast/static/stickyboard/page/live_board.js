// @ts-check
/** One board: its mirror, its socket, and the painter of its scenes, on its own page or inside another one. */

import { Connection } from "../connection.js";
import { Mirror } from "../mirror.js";
import { Painter } from "../painter.js";
import { ServerClock } from "../server_clock.js";
import { throttled } from "../throttle.js";
import { afterFrames, isHidden, network, nowMs, timers } from "./browser.js";
import { readComputedStyles, readSizes } from "./computed_style.js";
import { fetchFullState } from "./full_state.js";
import { errorText } from "./safe_text.js";
import { letKeysScroll } from "./scene_frame.js";

/**
 * @typedef {object} Page what the page around the scenes does
 * @property {() => void} arrange called before a frame paints: a canvas that is not on the page has no size
 * @property {() => void} showAges
 * @property {() => void} onTick called every second, also while the page is hidden
 * @property {(state: import("../connection.js").State) => void} onState
 * @property {(changes: number) => void} [onUpdate]
 * @property {(layout: string) => void} [onLayout]
 * @property {(error: unknown) => void} onError called with errors that no scene shows
 *
 * @typedef {{view: SceneView, announce: (sentence: string) => void}} Placed
 */

const AGES_MS = 250; // between two times at which all ages and alerts are shown

export class LiveBoard {
  mirror = new Mirror();
  clock = new ServerClock(Date.now);
  /** By names that are unique on the page, which may show a scene twice @type {Map<string, Placed>} */
  #placed = new Map();
  #state;
  #page;

  /** @param {import("./scenes.js").BoardState} state @param {Page} page */
  constructor(state, page) {
    this.#state = state;
    this.#page = page;
    this.clock.set(state.server_time);
    this.painter = this.#makePainter();
    this.connection = this.#makeConnection();
  }

  #makePainter() {
    return new Painter({
      requestFrame: requestAnimationFrame.bind(globalThis),
      beforePaint: (keys) => {
        this.#page.arrange();
        readComputedStyles(new Set([...keys].map((key) => String(this.#placed.get(key)?.view.name))));
      },
      isBelow: (key) => isBelow(this.#placed.get(key)?.view.frame.element),
      afterFrame: afterFrames(),
      isHidden,
      nowMs,
      later: timers.setTimeout,
      onTimed: (key, tookMs, restMs) => this.#placed.get(key)?.view.frame.showSlowness(tookMs, restMs),
      onError: (key, error) => {
        const placed = this.#placed.get(key);
        if (placed) showFailure(placed, error);
        else this.#page.onError(error);
      },
      onPainted: () => {
        this.connection.painted();
        this.#showAgesSoon();
      },
    });
  }

  #makeConnection() {
    const { onState, onUpdate, onLayout, onError } = this.#page;
    return new Connection({
      WebSocket,
      url: location.origin.replace(/^http/, "ws") + this.#state.socket_path,
      mirror: this.mirror,
      timers,
      nowMs: Date.now,
      random: Math.random,
      isHidden,
      isOnline: () => navigator.onLine,
      onState,
      onUpdate: (changed, caughtUp, changes) => {
        this.painter.updateApplied(changed, caughtUp);
        onUpdate?.(changes);
      },
      onServerTime: (serverTimeS) => this.clock.set(serverTimeS),
      onLayout,
      onError,
    });
  }

  #showAgesSoon = throttled(() => this.#page.showAges(), AGES_MS, { nowMs, later: timers.setTimeout });

  /** @param {string} key @param {SceneView} view @param {(sentence: string) => void} announce @param {(sentence: string) => void} [notify] */
  add(key, view, announce, notify = announce) {
    const { element } = view.frame;
    this.#placed.set(key, { view, announce });
    element.addEventListener("scene-repaint", () => this.painter.repaint(key));
    // One that is not on the page, because the user's layout leaves it out, has no size.
    element.addEventListener("scene-repaint-off-screen", () => (element.isConnected ? this.painter.repaintOffScreen(key) : this.painter.repaint(key)));
    element.addEventListener("scene-repaint-now", () => this.painter.repaintNow(key));
    element.addEventListener("scene-announce", (event) => announce(/** @type {CustomEvent<string>} */ (event).detail));
    element.addEventListener("scene-notify", (event) => notify(/** @type {CustomEvent<string>} */ (event).detail));
    this.painter.register(key, view.scene.eventTypes.map(({ name }) => name), () => view.paint());
  }

  /** Show the state that the page contains, then open the socket. @param {import("./scenes.js").BoardState["update"][]} updates */
  start(updates) {
    const previews = updates.flatMap((update) => update.previews ?? []);
    for (const update of [...updates, { sections: previews }]) this.mirror.applyUpdate(update);
    for (const [key, { view }] of this.#placed) {
      if (view.isEmpty) view.frame.show("empty");
      if (view.isHidden) this.painter.setVisible(key, false);
    }
    // The first frame places the scenes. If they were placed now, the browser would also lay them out empty.
    if (this.mirror.types().length === 0) this.#page.arrange();
    this.painter.updateApplied(new Set(this.mirror.types()), true);
    this.#listen();
    this.#connect(previews.length > 0);
    // For scripts that extend or measure the page (docs/explanation/architecture.md, "The page").
    const detail = { board: this.#state.board, mirror: this.mirror, connection: this.connection, stats: this.painter.stats };
    dispatchEvent(new CustomEvent("stickyboard-ready", { detail }));
  }

  /** @param {boolean} isPart whether the page lacks a part of the state, which is fetched first */
  async #connect(isPart) {
    const { state_path, socket_path } = this.#state;
    try {
      if (isPart) this.painter.updateApplied(await fetchFullState(this.mirror, state_path, network), true);
    } catch (error) {
      console.warn("The socket delivers the state, because it could not be fetched.", error);
    }
    if (socket_path) this.connection.connect();
  }

  #listen() {
    addEventListener("online", () => this.connection.networkChanged());
    addEventListener("offline", () => this.connection.networkLost());
    document.addEventListener("visibilitychange", () => {
      this.connection.visibilityChanged();
      this.painter.resume();
    });
    setInterval(() => this.#tick(), 1000);
    // Until the first report, all scenes count as visible.
    const observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.#setVisible(entry)));
    for (const { view } of this.#placed.values()) observer.observe(view.frame.element);
  }

  #tick() {
    this.#page.onTick();
    if (isHidden()) return;
    this.#page.showAges();
    letKeysScroll([...this.#placed.values()].map(({ view }) => view.frame));
  }

  /** @param {IntersectionObserverEntry} entry */
  #setVisible({ target, isIntersecting }) {
    for (const [key, { view }] of this.#placed) {
      if (view.frame.element === target) this.painter.setVisible(key, isIntersecting || (!target.isConnected && !view.isHidden));
    }
  }

  /** Paint every scene at once. A scene that throws has shown its error in an earlier paint. */
  paintNow() {
    readComputedStyles();
    readSizes();
    for (const { view } of this.#placed.values()) {
      try {
        view.paint();
      } catch (error) {
        console.error(error);
      }
    }
  }
}

/** @param {HTMLElement} [element] @returns {boolean} whether it is below the viewport */
function isBelow(element) {
  return element !== undefined && element.isConnected && element.getBoundingClientRect().top >= innerHeight;
}

/** Show a scene's error in its own frame. @param {Placed} placed @param {unknown} error */
function showFailure({ view, announce }, error) {
  view.frame.showError(errorText(error));
  announce(`${view.title} could not be drawn`);
  console.error(error);
}
