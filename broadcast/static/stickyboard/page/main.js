// @ts-check
/** The board page: assembles mirror, painter, scenes, connection and status. */

import { Connection } from "../connection.js";
import { Mirror } from "../mirror.js";
import { Painter } from "../painter.js";
import { ServerClock } from "../server_clock.js";
import { throttled } from "../throttle.js";
import { AlertView } from "./alert_view.js";
import { announcer } from "./announcer.js";
import { Arrangement } from "./arrange.js";
import { BoardAge } from "./board_age.js";
import { eventTypesOf, readBoardState } from "./board_state.js";
import { afterFrame, isHidden, network, nowMs, reloading, showCurrentBoard, timers } from "./browser.js";
import { readComputedStyles } from "./computed_style.js";
import { retryControls } from "./controls_retry.js";
import { byId } from "./dom.js";
import { Filter } from "./filter.js";
import { watchFilter } from "./filter_box.js";
import { PageErrors } from "./page_errors.js";
import { useColours } from "./palette.js";
import { Pause } from "./pause.js";
import { preparePrinting } from "./print.js";
import { reloadIfChanged } from "./reload.js";
import { fetchFullState } from "./full_state.js";
import { letKeysScroll } from "./scene_frame.js";
import { loadAll, modules } from "./scene_loader.js";
import { isBelow, paintNow, registerScenes, showFailure, watchVisibility } from "./scene_painting.js";
import { SceneView } from "./scene_view.js";
import { modulesOf, scenesOf } from "./scenes.js";
import { StageView } from "./stage_view.js";
import { Status } from "./status.js";
import { watchTheme } from "./theme_toggle.js";
import { Toast } from "./toast.js";
import { UserLayout } from "./user_layout.js";

const AGES_MS = 250; // between two times at which all ages and alerts are shown

const state = readBoardState(byId("board-state"));
const eventTypes = eventTypesOf(state);
const mirror = new Mirror();
const clock = new ServerClock(Date.now);
const announce = announcer(byId("announcements"), timers);
const toast = new Toast(byId("toast"), timers, announce);
const notify = (/** @type {string} */ sentence) => toast.show(sentence);
const filter = new Filter(eventTypes);
const errors = new PageErrors({ badge: byId("page-error"), announce, log: console.error });
retryControls(document, /** @type {HTMLScriptElement} */ (byId("controls-script")), { load: (url) => import(url), report: (error) => errors.add(error), notify });
// If all modules are loaded already, nothing is awaited, and the first paint has them.
const missing = modulesOf(state.scenes).filter((name) => !modules.has(name));
if (missing.length > 0) await loadAll(missing);
useColours(state.colours);
const views = scenesOf(state.scenes, eventTypes).map((scene) => new SceneView(scene, () => pause.displayed, () => pause.nowS, filter));
const layout = new UserLayout(views, state.board);

const painter = new Painter({
  requestFrame: requestAnimationFrame.bind(globalThis),
  beforePaint: (names) => {
    arrange(); // before painting: a canvas that is not on the page has no size
    readComputedStyles(names);
  },
  isBelow: (name) => isBelow(viewOf(name)),
  afterFrame,
  isHidden,
  nowMs,
  later: timers.setTimeout,
  onTimed: (name, tookMs, restMs) => viewOf(name)?.frame.showSlowness(tookMs, restMs),
  onError: (name, error) => {
    const view = viewOf(name);
    if (view) showFailure(view, error, announce);
    else errors.add(error);
  },
  onPainted: () => {
    connection.painted();
    showAgesSoon();
  },
});
const parts = { views, painter, layout, announce, notify };

const status = new Status({
  badge: byId("connection"),
  retry: byId("retry"),
  login: byId("login-needed"),
  announce,
  nowMs,
  timeOfDay: () => new Date(clock.nowS() * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
});

const boardAge = new BoardAge(byId("board-age"), announce);

const alertView = new AlertView({
  badge: byId("board-alerts"),
  title: /** @type {Element} */ (document.querySelector("title")),
  icon: /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]")),
  announce,
  nowMs,
});

const connection = new Connection({
  WebSocket,
  url: location.origin.replace(/^http/, "ws") + state.socket_path,
  mirror,
  timers,
  nowMs: Date.now,
  random: Math.random,
  isHidden,
  isOnline: () => navigator.onLine,
  onState: (next) => status.enter(next),
  onUpdate: (changed, caughtUp, changes) => {
    painter.updateApplied(changed, caughtUp);
    pause.count(changes);
    if (painter.isPaused) connection.painted();
  },
  onServerTime: (serverTimeS) => clock.set(serverTimeS),
  onLayout: (layout) => reloadIfChanged(state.layout, layout, reloading),
  onError: (error) => errors.add(error),
});

const pause = new Pause({
  button: byId("pause"),
  text: byId("pause-count"),
  painter,
  mirror,
  announce,
  nowS: () => clock.nowS(),
  onPause: () => connection.painted(),
});
const stage = new StageView(views, announce, toast, layout);

const arrangement = new Arrangement((only) => layout.visible(only), { scenes: byId("scenes"), banners: byId("banners") }, state.empty ?? null);

/** @param {string} name */
function viewOf(name) {
  return views.find((view) => view.name === name);
}

function showAges() {
  arrange();
  for (const view of layout.visible(stage.stage.scene)) view.showAge(clock.nowS());
  boardAge.show(layout.visible(stage.stage.scene), clock.nowS());
  alertView.show(views, boardAge.isStale);
}

const showAgesSoon = throttled(showAges, AGES_MS, { nowMs, later: timers.setTimeout });

function tick() {
  for (const view of views) view.readAlerts();
  if (filter.refresh(pause.displayed)) painter.repaintAll();
  if (isHidden()) return alertView.show(views, boardAge.isStale);
  showAges();
  status.paint();
  letKeysScroll(views.map(({ frame }) => frame));
}

function arrange() {
  arrangement.update(stage.stage.scene);
}

function listen() {
  addEventListener("online", () => connection.networkChanged());
  addEventListener("offline", () => connection.networkLost());
  byId("retry").addEventListener("click", () => connection.connect());
  document.addEventListener("visibilitychange", () => {
    connection.visibilityChanged();
    painter.resume();
  });
  watchTheme(byId("theme"), () => painter.repaintAll());
  preparePrinting(/** @type {HTMLElement} */ (document.querySelector(".page-head")), () => paintNow(views), () => new Date());
  setInterval(tick, 1000);
}

/** Fetch what the page only previews, and then connect. */
async function connect() {
  try {
    painter.updateApplied(await fetchFullState(mirror, state.state_path, network), true);
  } catch (error) {
    console.warn("The socket delivers the state, because it could not be fetched.", error);
  }
  connection.connect();
}

const previews = state.update.previews ?? [];
clock.set(state.server_time);
status.paint();
mirror.applyUpdate(state.update);
mirror.applyUpdate({ sections: previews });
registerScenes(parts);
// The first frame places the scenes. If they were placed now, the browser would also lay them out empty.
if (mirror.types().length === 0) arrange();
painter.updateApplied(new Set(mirror.types()), true);
listen();
watchVisibility(parts);
watchFilter(/** @type {HTMLInputElement} */ (byId("filter")), filter, { source: () => pause.displayed, repaint: () => painter.repaintAll() });
showCurrentBoard();
if (previews.length > 0) connect();
else if (state.socket_path) connection.connect();
// For scripts that extend or measure the page (docs/explanation/architecture.md, "The page").
dispatchEvent(new CustomEvent("stickyboard-ready", { detail: { mirror, connection, stats: painter.stats } }));

export { announce, arrange, layout, pause, painter, stage, state, toast, views };
