// @ts-check
/** The board's page: mirror, painter, scenes, connection and controls, put together. Read from the bottom up. */

import { Connection } from "../connection.js";
import { Mirror } from "../mirror.js";
import { Painter } from "../painter.js";
import { ServerClock } from "../server_clock.js";
import { boardAgeOf } from "./ages.js";
import { announcer } from "./announcer.js";
import { byId, setAttribute, setText } from "./dom.js";
import { readLooks, readSizes } from "./computed_style.js";
import { PageErrors } from "./page_errors.js";
import { Pause } from "./pause.js";
import { preparePaper } from "./print.js";
import { SceneView } from "./scene_view.js";
import { scenesOf } from "./scenes.js";
import { StageView } from "./stage_view.js";
import { Status } from "./status.js";
import { Toast } from "./toast.js";
import { watchTheme } from "./theme_toggle.js";

/**
 * @typedef {{board: string, socket_path: string, server_time: number, is_ordered: boolean,
 *   event_types: {name: string, scene: string, title: string, stale_after_s: number | null,
 *     max_keys: number | null, max_lanes: number | null, example: object | null}[],
 *   update: import("../mirror.js").Update}} BoardState
 */

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
const toast = new Toast(byId("toast"), timers, say);
const eventTypes = state.event_types.map(({ stale_after_s, max_keys, max_lanes, ...rest }) => ({
  ...rest, staleAfterS: stale_after_s, maxKeys: max_keys, maxLanes: max_lanes,
}));
const views = scenesOf(eventTypes, state.is_ordered).map((scene) => new SceneView(scene, () => pause.shown));

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
  later: timers.setTimeout,
  onTimed: (name, tookMs, restMs) => views.find((view) => view.name === name)?.box.showSlowness(tookMs, restMs),
  onError: (name, error) => {
    const view = views.find((each) => each.name === name);
    if (!view) return errors.add(error);
    view.box.showError(String(error));
    say(`${view?.title} could not be drawn`);
    console.error(error);
  },
  onPainted: () => {
    connection.painted();
    showAges();
  },
});

const errors = new PageErrors({ badge: byId("page-error"), say, log: console.error });
const status = new Status({
  badge: byId("connection"),
  retry: byId("retry"),
  login: byId("login-needed"),
  say,
  nowMs,
  timeOfDay: () => new Date(clock.nowS() * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
});

const connection = new Connection({
  WebSocket,
  url: location.origin.replace(/^http/, "ws") + state.socket_path,
  mirror,
  timers,
  nowMs: Date.now,
  random: Math.random,
  isHidden: () => isHidden() || painter.isPaused,
  isOnline: () => navigator.onLine,
  onState: (next) => status.enter(next),
  onUpdate: (changed, caughtUp, changes) => {
    painter.updateApplied(changed, caughtUp);
    pause.count(changes);
  },
  onServerTime: (serverTimeS) => clock.set(serverTimeS),
  onError: (error) => errors.add(error),
});

const pause = new Pause({
  button: byId("pause"),
  text: byId("pause-count"),
  painter,
  mirror,
  say,
  onPause: () => connection.painted(),
});
const stage = new StageView(views, say, toast);

function showAges() {
  for (const view of views) view.showAge(clock.nowS());
  showBoardAge();
}

function showBoardAge() {
  const [badge, age] = [byId("board-age"), boardAgeOf(views.map((view) => view.age), clock.nowS())];
  if (age.isStale && badge.hidden) say("All scenes are stale");
  badge.hidden = !age.isStale;
  setText(badge, age.text);
  setAttribute(badge, "title", age.title);
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
    view.box.element.addEventListener("scene-notify", (event) => toast.show(/** @type {CustomEvent<string>} */ (event).detail));
    painter.register(view.name, names, () => view.paint());
    byId("scenes").append(view.box.element);
  }
}

/** Paint without waiting for an update; a scene that throws has said so when it was painted before. */
function paintNow() {
  readLooks();
  readSizes();
  for (const view of views) {
    try {
      view.paint();
    } catch (error) {
      console.error(error);
    }
  }
}

/** Where boards have more names than the bar has room, the one that is shown must be among those seen. */
function showBoardName() {
  document.querySelector(".boards [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

function listen() {
  addEventListener("online", () => connection.networkChanged());
  addEventListener("offline", () => connection.networkLost());
  byId("retry").addEventListener("click", () => connection.retryNow());
  document.addEventListener("visibilitychange", () => {
    connection.visibilityChanged();
    painter.resume();
  });
  watchTheme(byId("theme"), () => painter.repaintAll());
  preparePaper(/** @type {HTMLElement} */ (document.querySelector(".page-head")), paintNow, () => new Date());
  setInterval(tick, 1000);
}

clock.set(state.server_time);
status.paint();
addScenes();
mirror.applyUpdate(state.update);
painter.updateApplied(new Set(mirror.types()), true);
listen();
watchSight();
showBoardName();
connection.connect();
// For scripts that extend or measure the page; docs/architecture.md, "The page".
dispatchEvent(new CustomEvent("stickyboard-ready", { detail: { mirror, connection, stats: painter.stats } }));

export { pause, painter, stage, state, toast, views };
