// @ts-check
/** The board page: paints the scenes, and connects them with the server. */

import { Connection } from "../connection.js";
import { boardOfPage } from "./board.js";
import { isHidden, network, reloading, timers } from "./browser.js";
import { byId } from "./dom.js";
import { watchFilter } from "./filter_box.js";
import { fetchFullState } from "./full_state.js";
import { preparePrinting } from "./print.js";
import { reloadIfChanged } from "./reload.js";
import { letKeysScroll } from "./scene_frame.js";
import { loadAll, modules } from "./scene_loader.js";
import { paintNow, registerScenes, watchVisibility } from "./scene_painting.js";
import { modulesOf } from "./scenes.js";
import { watchTheme } from "./theme_toggle.js";

const board = boardOfPage();
const { alertView, clock, errors, filter, mirror, painter, pause, state, status, views } = board;
// If all modules are loaded already, nothing is awaited, and the first paint has them.
const missing = modulesOf(state.scenes).filter((name) => !modules.has(name));
if (missing.length > 0) await loadAll(missing);

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

function tick() {
  for (const view of views) view.readAlerts();
  if (filter.refresh(pause.displayed)) painter.repaintAll();
  if (isHidden()) return alertView.show(views);
  board.showAges();
  status.paint();
  letKeysScroll(views.map(({ frame }) => frame));
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

board.onPainted = () => connection.painted();
registerScenes(board);
painter.updateApplied(new Set(mirror.types()), true);
listen();
watchVisibility(board);
watchFilter(/** @type {HTMLInputElement} */ (byId("filter")), filter, { source: () => pause.displayed, repaint: () => painter.repaintAll() });
if (state.update.previews?.length) connect();
else if (state.socket_path) connection.connect();
// For scripts that extend or measure the page (docs/explanation/architecture.md, "The page").
dispatchEvent(new CustomEvent("stickyboard-ready", { detail: { mirror, connection, stats: painter.stats } }));
