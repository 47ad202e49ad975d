// @ts-check
/** The board page: assembles mirror, painter, scenes, connection and status. Read it from the bottom up. */

import { Connection } from "../connection.js";
import { Mirror } from "../mirror.js";
import { Painter } from "../painter.js";
import { ServerClock } from "../server_clock.js";
import { boardAgeOf } from "./ages.js";
import { AlertView } from "./alert_view.js";
import { announcer } from "./announcer.js";
import { Arrangement } from "./arrange.js";
import { byId, setAttribute, setText } from "./dom.js";
import { readComputedStyles, readSizes } from "./computed_style.js";
import { Filter } from "./filter.js";
import { watchFilter } from "./filter_box.js";
import { PageErrors } from "./page_errors.js";
import { Pause } from "./pause.js";
import { preparePrinting } from "./print.js";
import { useColours } from "./palette.js";
import { fetchRest } from "./rest.js";
import { loadAll, modules } from "./scene_loader.js";
import { SceneView } from "./scene_view.js";
import { modulesOf, scenesOf } from "./scenes.js";
import { StageView } from "./stage_view.js";
import { reloadIfChanged } from "./reload.js";
import { Status } from "./status.js";
import { Toast } from "./toast.js";
import { watchTheme } from "./theme_toggle.js";
import { UserLayout } from "./user_layout.js";

/**
 * @typedef {{board: string, socket_path: string, state_path: string, server_time: number, layout: string, colours: Record<string, number>, empty?: string | null,
 *   scenes: import("./scenes.js").SceneData[], event_types: {name: string, title: string, stale_after_s: number | null,
 *     max_keys: number | null, max_lanes: number | null, key_fields: string[], example: object | null}[],
 *   update: import("../mirror.js").Update & {previews?: import("../mirror.js").Section[]}}} BoardState
 *   `previews` are sections with only the newest entries of keyspaces that are too large for the page
 */

const isHidden = () => document.visibilityState === "hidden";
const nowMs = () => performance.now();
const timers = {
  setTimeout: (/** @type {() => void} */ run, /** @type {number} */ ms) => setTimeout(run, ms),
  clearTimeout: (/** @type {any} */ timer) => clearTimeout(timer),
};
const reloading = {
  nowMs: Date.now,
  load: (/** @type {string} */ key) => sessionStorage.getItem(key),
  save: (/** @type {string} */ key, /** @type {string} */ value) => sessionStorage.setItem(key, value),
  reload: () => location.reload(),
};
/** @type {BoardState} */
const state = JSON.parse(byId("board-state").textContent ?? "");
const mirror = new Mirror();
const clock = new ServerClock(Date.now);
const announce = announcer(byId("announcements"), timers);
const toast = new Toast(byId("toast"), timers, announce);
const eventTypes = state.event_types.map(({ stale_after_s, max_keys, max_lanes, key_fields, ...rest }) => ({
  ...rest, staleAfterS: stale_after_s, maxKeys: max_keys, maxLanes: max_lanes, keyFields: key_fields,
}));
const filter = new Filter(eventTypes);
// If all modules are loaded already, nothing is awaited, and the first paint has them.
const missing = modulesOf(state.scenes).filter((name) => !modules.has(name));
if (missing.length > 0) await loadAll(missing);
useColours(state.colours);
let pausedAtS = 0;
const displayedAtS = () => (painter.isPaused ? pausedAtS : clock.nowS());
const views = scenesOf(state.scenes, eventTypes).map((scene) => new SceneView(scene, () => pause.displayed, displayedAtS, filter));

const layout = new UserLayout(views, state.board);

const drawn = new MessageChannel(); // a message posted in an animation frame arrives after it was drawn
const painter = new Painter({
  requestFrame: (run) =>
    requestAnimationFrame(() => {
      arrange(); // before painting: a canvas that is not on the page has no size
      readComputedStyles();
      run();
    }),
  afterFrame: (run) => {
    drawn.port1.onmessage = run;
    drawn.port2.postMessage(null);
  },
  isHidden,
  nowMs,
  later: timers.setTimeout,
  onTimed: (name, tookMs, restMs) => views.find((view) => view.name === name)?.frame.showSlowness(tookMs, restMs),
  onError: (name, error) => {
    const view = views.find((each) => each.name === name);
    if (!view) return errors.add(error);
    view.frame.showError(String(error));
    announce(`${view.title} could not be drawn`);
    console.error(error);
  },
  onPainted: () => {
    connection.painted();
    showAges();
  },
});

const errors = new PageErrors({ badge: byId("page-error"), announce, log: console.error });
const status = new Status({
  badge: byId("connection"),
  retry: byId("retry"),
  login: byId("login-needed"),
  announce,
  nowMs,
  timeOfDay: () => new Date(clock.nowS() * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
});

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
  isHidden: () => isHidden() || painter.isPaused,
  isOnline: () => navigator.onLine,
  onState: (next) => status.enter(next),
  onUpdate: (changed, caughtUp, changes) => {
    painter.updateApplied(changed, caughtUp);
    pause.count(changes);
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
  onPause: () => {
    pausedAtS = clock.nowS();
    connection.painted();
  },
});
const stage = new StageView(views, announce, toast, layout);

const arrangement = new Arrangement((only) => layout.visible(only), { scenes: byId("scenes"), banners: byId("banners") }, state.empty ?? null);

function showAges() {
  arrange();
  for (const view of layout.visible(stage.stage.scene)) view.showAge(clock.nowS());
  showBoardAge();
  alertView.show(views);
}

function showBoardAge() {
  const [badge, age] = [byId("board-age"), boardAgeOf(layout.visible(stage.stage.scene).map((view) => view.age), clock.nowS())];
  if (age.isStale && badge.hidden) announce("All scenes are stale");
  badge.hidden = !age.isStale;
  setText(badge, age.text);
  setAttribute(badge, "title", age.title);
}

function tick() {
  for (const view of views) view.readAlerts();
  if (filter.refresh(pause.displayed)) painter.repaintAll();
  if (isHidden()) return alertView.show(views);
  showAges();
  status.paint();
  for (const { frame } of views) frame.letKeysScroll();
}

/** Paint only scenes in the viewport; until the observer's first report, all count as visible. */
function watchVisibility() {
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const name = /** @type {HTMLElement} */ (target).dataset.scene ?? "";
      painter.setVisible(name, isIntersecting || (!target.isConnected && !layout.isHidden(name)));
    }
  });
  for (const { frame } of views) observer.observe(frame.element);
}

function arrange() {
  arrangement.update(stage.stage.scene);
}

function addScenes() {
  for (const view of views) {
    const names = view.scene.eventTypes.map(({ name }) => name);
    view.frame.element.addEventListener("scene-repaint", () => painter.repaint(view.name));
    view.frame.element.addEventListener("scene-announce", (event) => announce(/** @type {CustomEvent<string>} */ (event).detail));
    view.frame.element.addEventListener("scene-notify", (event) => toast.show(/** @type {CustomEvent<string>} */ (event).detail));
    painter.register(view.name, names, () => view.paint());
    if (layout.isHidden(view.name)) painter.setVisible(view.name, false);
  }
  arrange();
}

/** Paint every scene at once. A scene that throws has shown its error in an earlier paint. */
function paintNow() {
  readComputedStyles();
  readSizes();
  for (const view of views) {
    try {
      view.paint();
    } catch (error) {
      console.error(error);
    }
  }
}

/** Scroll the list of boards to the current one, if the bar has no room for all names. */
function showCurrentBoard() {
  document.querySelector(".boards [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
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
  preparePrinting(/** @type {HTMLElement} */ (document.querySelector(".page-head")), paintNow, () => new Date());
  setInterval(tick, 1000);
}

/** Fetch what the page only previews, and then connect. */
async function connect() {
  const network = { fetch: fetch.bind(globalThis), timeout: (/** @type {number} */ ms) => AbortSignal.timeout(ms) };
  try {
    painter.updateApplied(await fetchRest(mirror, state.state_path, network), true);
  } catch (error) {
    console.warn("The socket delivers the state, because it could not be fetched.", error);
  }
  connection.connect();
}

const previews = state.update.previews ?? [];
clock.set(state.server_time);
status.paint();
addScenes();
mirror.applyUpdate(state.update);
mirror.applyUpdate({ sections: previews });
painter.updateApplied(new Set(mirror.types()), true);
listen();
watchVisibility();
watchFilter(/** @type {HTMLInputElement} */ (byId("filter")), filter, { source: () => pause.displayed, repaint: () => painter.repaintAll() });
showCurrentBoard();
if (previews.length > 0) connect();
else if (state.socket_path) connection.connect();
// For scripts that extend or measure the page (docs/explanation/architecture.md, "The page").
dispatchEvent(new CustomEvent("stickyboard-ready", { detail: { mirror, connection, stats: painter.stats } }));

export { announce, arrange, layout, pause, painter, stage, state, toast, views };
