// @ts-check
/** The board page: assembles its board, scenes, layout, stage and status. */

import { boardAgeOf } from "./ages.js";
import { AlertView } from "./alert_view.js";
import { announcer } from "./announcer.js";
import { Arrangement } from "./arrange.js";
import { isHidden, nowMs, reloading, showCurrentBoard, timers } from "./browser.js";
import { retryControls } from "./controls_retry.js";
import { byId, setAttribute, setText } from "./dom.js";
import { Filter } from "./filter.js";
import { watchFilter } from "./filter_box.js";
import { LiveBoard } from "./live_board.js";
import { PageErrors } from "./page_errors.js";
import { useColours } from "./palette.js";
import { Pause } from "./pause.js";
import { preparePrinting } from "./print.js";
import { reloadIfChanged } from "./reload.js";
import { loadAll, modules } from "./scene_loader.js";
import { SceneView } from "./scene_view.js";
import { eventTypesOf, modulesOf, scenesOf } from "./scenes.js";
import { StageView } from "./stage_view.js";
import { Status } from "./status.js";
import { watchTheme } from "./theme_toggle.js";
import { Toast } from "./toast.js";
import { UserLayout } from "./user_layout.js";

/** @type {import("./scenes.js").BoardState} */
const state = JSON.parse(byId("board-state").textContent ?? "");
const eventTypes = eventTypesOf(state);
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

const board = new LiveBoard(state, {
  arrange,
  showAges,
  onTick: () => {
    for (const view of views) view.readAlerts();
    if (filter.refresh(pause.displayed)) painter.repaintAll();
    status.paint();
    if (isHidden()) showAlerts();
  },
  onState: (next) => status.enter(next),
  onUpdate: (changes) => {
    pause.count(changes);
    if (painter.isPaused) connection.painted();
  },
  onLayout: (layout) => reloadIfChanged(state.layout, layout, reloading),
  onError: (error) => errors.add(error),
});
const { mirror, clock, painter, connection } = board;
const pause = new Pause({
  button: byId("pause"),
  text: byId("pause-count"),
  painter,
  mirror,
  announce,
  nowS: () => clock.nowS(),
  onPause: () => connection.painted(),
});
const views = scenesOf(state.scenes, eventTypes).map((scene) => new SceneView(scene, () => pause.displayed, () => pause.nowS, filter));
const layout = new UserLayout(views, state.board);
const stage = new StageView(views, announce, toast, layout);
const arrangement = new Arrangement((only) => layout.visible(only), { scenes: byId("scenes"), banners: byId("banners") }, state.empty ?? null);

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

function arrange() {
  arrangement.update(stage.stage.scene);
}

function showAges() {
  arrange();
  const shown = layout.visible(stage.stage.scene);
  for (const view of shown) view.showAge(clock.nowS());
  showBoardAge(boardAgeOf(shown.map((view) => view.age), clock.nowS()));
  showAlerts();
}

function showAlerts() {
  alertView.show(views, !byId("board-age").hidden);
}

/** @param {ReturnType<typeof boardAgeOf>} age */
function showBoardAge({ text, isStale, title }) {
  const badge = byId("board-age");
  if (isStale && badge.hidden) announce("All scenes are stale");
  badge.hidden = !isStale;
  setText(badge, text);
  setAttribute(badge, "title", title);
}

status.paint();
for (const view of views) board.add(view.name, view, announce, notify);
byId("retry").addEventListener("click", () => connection.connect());
watchTheme(byId("theme"), () => painter.repaintAll());
preparePrinting(/** @type {HTMLElement} */ (document.querySelector(".page-head")), () => board.paintNow(), () => new Date());
board.start([state.update]);
watchFilter(/** @type {HTMLInputElement} */ (byId("filter")), filter, { source: () => pause.displayed, repaint: () => painter.repaintAll() });
showCurrentBoard();

export { announce, arrange, layout, pause, painter, stage, state, toast, views };
