// @ts-check
/** Keys, the buttons in the bar, and the scenes' menus. The first paint does not wait for this module. */

import { watchNotifications } from "./alert_view.js";
import { byId } from "./dom.js";
import { watchDragging } from "./drag.js";
import { Digits, actionOf, digitOf, isSingleKey } from "./keyboard_shortcuts.js";
import { announce, arrange, layout, painter, pause, stage, state, toast, views } from "./main.js";
import { watchHiddenScenes } from "./hidden_scenes.js";
import { Menu } from "./menu.js";
import { loadSetting, saveSetting } from "./storage.js";
import { dismissTooltips } from "./tooltip.js";
import { toggleTheme } from "./theme_toggle.js";

const SINGLE_KEYS = "single_keys"; // the setting

/** @type {Record<import("./keyboard_shortcuts.js").Action, () => unknown>} */
const actions = {
  pause: () => pause.toggle(),
  next: () => stage.step(1),
  previous: () => stage.step(-1),
  all: () => stage.showAll(),
  leave: leaveInnermost,
  present: () => stage.togglePresentation(),
  fullscreen: () => stage.toggleFullscreen(),
  theme: toggleTheme,
  filter: () => byId("filter").focus(),
  help: () => help.showModal(),
};
const help = /** @type {HTMLDialogElement} */ (byId("help"));
const singleKeys = /** @type {HTMLInputElement} */ (byId("single-keys"));
const hiddenButton = /** @type {HTMLButtonElement} */ (byId("hidden-scenes"));
const showHidden = watchHiddenScenes(hiddenButton, byId("hidden-menu"), layout, (sentence) => toast.show(sentence));
const digits = new Digits();
const menu = new Menu(byId("scene-menu"), {
  board: state.board,
  notify: (sentence) => toast.show(sentence),
  announce,
  repaint: ({ name }) => painter.repaintNow(name),
  page: {
    isLarge: ({ name }) => stage.stage.scene === name,
    showLarge: ({ name }) => (stage.stage.scene === name ? stage.showAll() : stage.show(name)),
    layout,
    hiddenButton: () => hiddenButton,
    linkOf: (view) => stage.linkOf(view),
  },
});

/** Close the innermost thing only. */
function leaveInnermost() {
  if (menu.close() || dismissTooltips() || toast.dismiss()) return;
  if (document.fullscreenElement) void document.exitFullscreen();
  else stage.showAll();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (help.open) return; // the browser closes it
  if (isSingleKey(event) && !singleKeys.checked) return;
  const digit = digitOf(event);
  const number = digit && digits.press(digit, views.map((view) => view.number ?? -1), event.timeStamp);
  if (typeof number === "number") stage.showNumber(number);
  if (number) return event.preventDefault();
  const action = actionOf(event);
  if (!action) return;
  // Otherwise Space scrolls the page, Escape closes something else as well, and "/" is typed into the filter.
  if (action === "pause" || action === "leave" || action === "filter") event.preventDefault();
  actions[action]();
}

/** Let the login return to the scene that is on the stage when the link is followed. @param {MouseEvent} event */
function setLoginTarget({ currentTarget }) {
  const next = location.pathname + location.search;
  /** @type {HTMLAnchorElement} */ (currentTarget).search = String(new URLSearchParams({ next }));
}

for (const view of views) menu.attach(view);
stage.onChange = () => menu.close();
layout.onChange = () => {
  arrange();
  showHidden();
};
watchDragging(byId("scenes"), (name, target) => {
  const view = views.find((each) => each.name === name);
  if (view) announce(layout.move(view, target));
});
addEventListener("keydown", onKey);
byId("theme").addEventListener("click", actions.theme);
byId("present").addEventListener("click", actions.present);
byId("show-help").addEventListener("click", actions.help);
byId("login-needed").addEventListener("click", setLoginTarget);
singleKeys.checked = loadSetting(SINGLE_KEYS) !== "0";
singleKeys.addEventListener("change", () => saveSetting(SINGLE_KEYS, singleKeys.checked ? null : "0"));
watchNotifications(/** @type {HTMLInputElement} */ (byId("notifications")), (sentence) => toast.show(sentence));
