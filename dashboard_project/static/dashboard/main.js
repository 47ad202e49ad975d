// @ts-check
/** The board's page: mirror, painter, scenes, connection and controls, put together. Read from the bottom up. */

import { Connection } from "../broadcast/connection.js";
import { Mirror } from "../broadcast/mirror.js";
import { Painter } from "../broadcast/painter.js";
import { ServerClock } from "../broadcast/server_clock.js";
import { announcer } from "./announcer.js";
import { areSingleKeysOn, toggleHelp, watchSingleKeys } from "./help.js";
import { Digits, actionOf, digitOf, isSingleKey } from "./keys.js";
import { readLooks } from "./look.js";
import { Menu } from "./menu.js";
import { Pause } from "./pause.js";
import { SceneView } from "./scene_view.js";
import { scenesOf } from "./scenes.js";
import { StageView } from "./stage_view.js";
import { Status } from "./status.js";
import { lightOnPaper, toggleTheme, watchTheme } from "./theme_toggle.js";

/**
 * @typedef {{board: string, socket_path: string, server_time: number,
 *   event_types: {name: string, scene: string, title: string, stale_after_s: number | null}[],
 *   frame: import("../broadcast/mirror.js").Frame}} BoardState
 */

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element with the id "${id}"`);
  return element;
}

/** @param {string} socketPath @returns {(cursor: string) => string} */
function urlsTo(socketPath) {
  const origin = location.origin.replace(/^http/, "ws");
  return (cursor) => `${origin}${socketPath}?cursor=${encodeURIComponent(cursor)}`;
}

const isHidden = () => document.visibilityState === "hidden";
const nowMs = () => performance.now();
const timers = {
  setTimeout: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
};
/** @type {BoardState} */
const state = JSON.parse(byId("board-state").textContent ?? "");
const mirror = new Mirror();
const clock = new ServerClock(Date.now);
const say = announcer(byId("announcements"), timers);
const eventTypes = state.event_types.map(({ stale_after_s, ...rest }) => ({ ...rest, staleAfterS: stale_after_s }));
const views = scenesOf(eventTypes).map((scene) => new SceneView(scene, mirror));

const drawn = new MessageChannel(); // what is posted in an animation frame comes after it was drawn
const painter = new Painter({
  requestFrame: (run) =>
    requestAnimationFrame(() => {
      readLooks();
      run();
    }),
  afterFrame: (run) => {
    drawn.port1.onmessage = run;
    drawn.port2.postMessage(null);
  },
  isHidden,
  nowMs,
  onError: (name, error) => {
    const view = views.find((each) => each.name === name);
    view?.box.showError(String(error));
    say(`${view?.title} could not be drawn`);
    console.error(error);
  },
  onPainted: () => {
    showAges();
    connection.painted();
  },
});

const status = new Status({
  badge: byId("connection"),
  login: byId("login-needed"),
  say,
  nowMs,
  timeOfDay: () => new Date(clock.nowS() * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
});

const connection = new Connection({
  WebSocket,
  urlOf: urlsTo(state.socket_path),
  mirror,
  timers,
  nowMs: Date.now,
  random: Math.random,
  isHidden: () => isHidden() || painter.isPaused,
  isOnline: () => navigator.onLine,
  onState: (next) => status.enter(next),
  onFrame: (changed, caughtUp, changes) => {
    painter.frameApplied(changed, caughtUp);
    pause.count(changes);
  },
  onServerTime: (serverTimeS) => clock.set(serverTimeS),
});

const pause = new Pause({
  button: byId("pause"),
  text: byId("pause-count"),
  painter,
  say,
  onPause: () => connection.painted(),
});
const stage = new StageView(views, say);
const digits = new Digits();
const menu = new Menu(byId("scene-menu"), {
  board: state.board,
  say,
  isLarge: ({ name }) => stage.stage.scene === name,
  showLarge: ({ name }) => (stage.stage.scene === name ? stage.showAll() : stage.show(name)),
  repaint: ({ name }) => painter.repaint(name),
  linkOf: (view) => stage.linkOf(view),
});

function showAges() {
  for (const view of views) view.showAge(clock.nowS());
}

function tick() {
  if (isHidden()) return;
  showAges();
  status.paint();
  for (const { box } of views) box.letKeysScroll();
}

/** Only scenes in sight are painted; until the observer has looked, all count as in sight. */
function watchSight() {
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const name = /** @type {HTMLElement} */ (target).dataset.scene ?? "";
      painter.setVisible(name, isIntersecting);
    }
  });
  for (const { box } of views) sight.observe(box.element);
}

function addScenes() {
  byId("scenes").dataset.count = String(views.filter(({ name }) => name !== "totals").length);
  for (const view of views) {
    const names = view.scene.eventTypes.map(({ name }) => name);
    view.box.element.addEventListener("scene-repaint", () => painter.repaint(view.name));
    view.box.element.addEventListener("scene-say", (event) => say(/** @type {CustomEvent<string>} */ (event).detail));
    painter.register(view.name, names, () => view.paint(painter.isPaused));
    menu.attach(view);
    byId("scenes").append(view.box.element);
  }
}

/** @type {Record<import("./keys.js").Action, () => unknown>} */
const actions = {
  pause: () => pause.toggle(),
  next: () => stage.step(1),
  previous: () => stage.step(-1),
  all: () => stage.showAll(),
  present: () => stage.togglePresentation(),
  fullscreen: () => stage.toggleFullscreen(),
  theme: toggleTheme,
  help: () => toggleHelp(/** @type {HTMLDialogElement} */ (byId("help"))),
};

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (isSingleKey(event) && !areSingleKeysOn()) return;
  const digit = digitOf(event);
  const number = digit && digits.press(digit, views.map((view) => view.number ?? -1), event.timeStamp);
  if (typeof number === "number") stage.showNumber(number);
  if (number) return event.preventDefault();
  const action = actionOf(event);
  if (!action) return;
  if (action === "pause") event.preventDefault(); // or the page would scroll
  actions[action]();
}

/** Paint without waiting for a frame; a scene that throws has said so when it was painted before. */
function paintNow() {
  readLooks();
  for (const view of views) {
    try {
      view.paint(painter.isPaused);
    } catch (error) {
      console.error(error);
    }
  }
}

/** Where boards have more names than the bar has room, the one that is shown must be among those seen. */
function showBoardName() {
  document.querySelector(".boards [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** Let the login lead back to what is on the stage by then. @param {MouseEvent} event */
function leadBack({ currentTarget }) {
  const next = location.pathname + location.search;
  /** @type {HTMLAnchorElement} */ (currentTarget).search = String(new URLSearchParams({ next }));
}

function listen() {
  addEventListener("online", () => connection.networkChanged());
  addEventListener("keydown", pressed);
  document.addEventListener("visibilitychange", () => {
    connection.visibilityChanged();
    painter.resume();
  });
  byId("theme").addEventListener("click", actions.theme);
  byId("present").addEventListener("click", actions.present);
  byId("show-help").addEventListener("click", actions.help);
  byId("login-needed").addEventListener("click", leadBack);
  watchTheme(byId("theme"), () => painter.repaintAll());
  watchSingleKeys(/** @type {HTMLInputElement} */ (byId("single-keys")));
  lightOnPaper(paintNow);
  setInterval(tick, 1000);
}

clock.set(state.server_time);
status.paint();
addScenes();
mirror.applyFrame(state.frame);
painter.frameApplied(new Set(mirror.types()), true);
listen();
watchSight();
showBoardName();
connection.connect();
Object.assign(window, { stickyboard: { mirror, connection, stats: painter.stats } });
