// @ts-check
/** The board's page: mirror, painter, boxes and connection, put together. Read from the bottom up. */

import { Connection } from "../broadcast/connection.js";
import { Mirror } from "../broadcast/mirror.js";
import { Painter } from "../broadcast/painter.js";
import { ServerClock } from "../broadcast/server_clock.js";
import { paintBadge } from "./badge.js";
import { Box } from "./box.js";
import { ageText } from "./format.js";
import { scenesOf } from "./scenes.js";

/**
 * @typedef {{board: string, socket_path: string, server_time: number,
 *   event_types: import("./view.js").EventType[], frame: import("../broadcast/mirror.js").Frame}} BoardState
 */

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element with the id "${id}"`);
  return element;
}

/** @returns {BoardState} */
function readState() {
  return JSON.parse(byId("board-state").textContent ?? "");
}

/** @param {string} socketPath @returns {(cursor: string) => string} */
function urlsTo(socketPath) {
  const origin = location.origin.replace(/^http/, "ws");
  return (cursor) => `${origin}${socketPath}?cursor=${encodeURIComponent(cursor)}`;
}

/** @param {import("./scenes.js").Scene} scene @param {Box} box @param {Mirror} mirror */
function paintScene(scene, box, mirror) {
  if (scene.eventTypes.every(({ name }) => mirror.count(name) === 0)) return box.showEmpty();
  // Shown first: a canvas that is not laid out has no size.
  box.showBody();
  scene.module.paint(box.body, scene.module.model(mirror, scene));
}

const isHidden = () => document.visibilityState === "hidden";
const state = readState();
const mirror = new Mirror();
const clock = new ServerClock(Date.now);
const scenes = scenesOf(state.event_types);
const boxes = new Map(scenes.map((scene) => [scene.name, new Box(scene)]));

const painter = new Painter({
  requestFrame: (run) => requestAnimationFrame(run),
  isHidden,
  onError: (name, error) => {
    boxes.get(name)?.showError(`${name}: ${error}`);
    console.error(error);
  },
  onPainted: () => {
    showAges();
    connection.painted();
  },
});

const connection = new Connection({
  WebSocket,
  urlOf: urlsTo(state.socket_path),
  mirror,
  timers: { setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (timer) => clearTimeout(timer) },
  random: Math.random,
  isHidden,
  isOnline: () => navigator.onLine,
  onState: (next) => paintBadge(byId("connection"), next),
  onFrame: (changed, caughtUp) => painter.frameApplied(changed, caughtUp),
  onServerTime: (serverTimeS) => clock.set(serverTimeS),
});

function showAges() {
  for (const scene of scenes) {
    const at = Math.max(...scene.eventTypes.map(({ name }) => mirror.changedAt(name) ?? 0));
    boxes.get(scene.name)?.showAge(at === 0 ? "" : ageText(clock.nowS() - at));
  }
}

function addBoxes() {
  for (const scene of scenes) {
    const box = /** @type {Box} */ (boxes.get(scene.name));
    box.element.addEventListener("scene-repaint", () => painter.repaint(scene.name));
    painter.register(scene.name, scene.eventTypes.map(({ name }) => name), () => paintScene(scene, box, mirror));
    byId("scenes").append(box.element);
  }
}

function listen() {
  addEventListener("online", () => connection.wake());
  document.addEventListener("visibilitychange", () => {
    connection.visibilityChanged();
    painter.resume();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => painter.repaintAll());
  setInterval(() => isHidden() || showAges(), 1000);
}

clock.set(state.server_time);
paintBadge(byId("connection"), connection.state);
addBoxes();
mirror.applyFrame(state.frame);
painter.frameApplied(new Set(state.event_types.map(({ name }) => name)), true);
listen();
connection.connect();
Object.assign(window, { stickyboard: { mirror, connection, stats: painter.stats } });
