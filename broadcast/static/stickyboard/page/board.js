// @ts-check
/**
 * The board of this page: its state, and its scenes in their places. It needs no widget, so that a bundle places the
 * scenes while the widgets still load (broadcast/page/bundle.py).
 */

import { Mirror } from "../mirror.js";
import { Painter } from "../painter.js";
import { ServerClock } from "../server_clock.js";
import { throttled } from "../throttle.js";
import { AlertView } from "./alert_view.js";
import { announcer } from "./announcer.js";
import { Arrangement } from "./arrange.js";
import { BoardAge } from "./board_age.js";
import { eventTypesOf, readBoardState } from "./board_state.js";
import { afterFrame, isHidden, nowMs, showCurrentBoard, timers } from "./browser.js";
import { readComputedStyles } from "./computed_style.js";
import { retryControls } from "./controls_retry.js";
import { byId } from "./dom.js";
import { Filter } from "./filter.js";
import { PageErrors } from "./page_errors.js";
import { useColours } from "./palette.js";
import { Pause } from "./pause.js";
import { isBelow, showFailure } from "./scene_painting.js";
import { SceneView } from "./scene_view.js";
import { scenesOf } from "./scenes.js";
import { StageView } from "./stage_view.js";
import { Status } from "./status.js";
import { Toast } from "./toast.js";
import { UserLayout } from "./user_layout.js";

const AGES_MS = 250; // between two times at which all ages and alerts are shown

class Board {
  /** Called after each animation frame, and when the display is paused. */
  onPainted = () => {};
  state = readBoardState(byId("board-state"));
  mirror = new Mirror();
  clock = new ServerClock(Date.now);
  announce = announcer(byId("announcements"), timers);
  toast = new Toast(byId("toast"), timers, this.announce);
  notify = (/** @type {string} */ sentence) => this.toast.show(sentence);
  errors = new PageErrors({ badge: byId("page-error"), announce: this.announce, log: console.error });
  #eventTypes = eventTypesOf(this.state);
  filter = new Filter(this.#eventTypes);
  views = scenesOf(this.state.scenes, this.#eventTypes).map((scene) => new SceneView(scene, () => this.pause.displayed, () => this.pause.nowS, this.filter));
  layout = new UserLayout(this.views, this.state.board);

  painter = new Painter({
    requestFrame: requestAnimationFrame.bind(globalThis),
    beforePaint: (names) => {
      this.arrange(); // before painting: a canvas that is not on the page has no size
      readComputedStyles(names);
    },
    isBelow: (name) => isBelow(this.#viewOf(name)),
    afterFrame,
    isHidden,
    nowMs,
    later: timers.setTimeout,
    onTimed: (name, tookMs, restMs) => this.#viewOf(name)?.frame.showSlowness(tookMs, restMs),
    onError: (name, error) => {
      const view = this.#viewOf(name);
      if (view) showFailure(view, error, this.announce);
      else this.errors.add(error);
    },
    onPainted: () => {
      this.onPainted();
      this.#showAgesSoon();
    },
  });

  pause = new Pause({
    button: byId("pause"),
    text: byId("pause-count"),
    painter: this.painter,
    mirror: this.mirror,
    announce: this.announce,
    nowS: () => this.clock.nowS(),
    onPause: () => this.onPainted(),
  });

  status = new Status({
    badge: byId("connection"),
    retry: byId("retry"),
    login: byId("login-needed"),
    announce: this.announce,
    nowMs,
    timeOfDay: () => new Date(this.clock.nowS() * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  });

  #showAgesSoon = throttled(() => this.showAges(), AGES_MS, { nowMs, later: timers.setTimeout });
  #age = new BoardAge(byId("board-age"), this.announce);

  alertView = new AlertView({
    badge: byId("board-alerts"),
    title: /** @type {Element} */ (document.querySelector("title")),
    icon: /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]")),
    announce: this.announce,
    nowMs,
  });

  stage = new StageView(this.views, this.announce, this.toast, this.layout);
  #arrangement = new Arrangement((only) => this.layout.visible(only), { scenes: byId("scenes"), banners: byId("banners") }, this.state.empty ?? null);

  constructor() {
    const script = /** @type {HTMLScriptElement} */ (byId("controls-script"));
    retryControls(document, script, { load: (url) => import(url), report: (error) => this.errors.add(error), notify: this.notify });
    useColours(this.state.colours);
    this.clock.set(this.state.server_time);
    this.status.paint();
    this.mirror.applyUpdate(this.state.update);
    this.mirror.applyUpdate({ sections: this.state.update.previews ?? [] });
    this.arrange();
    showCurrentBoard();
  }

  /** Place the scenes that are displayed now. */
  arrange() {
    this.#arrangement.update(this.stage.stage.scene);
  }

  showAges() {
    this.arrange();
    const [visible, nowS] = [this.layout.visible(this.stage.stage.scene), this.clock.nowS()];
    for (const view of visible) view.showAge(nowS);
    this.#age.show(visible, nowS);
    this.alertView.show(this.views);
  }

  /** @param {string} name */
  #viewOf(name) {
    return this.views.find((view) => view.name === name);
  }
}

/** @type {Board | undefined} */
let placed;

/** @returns {Board} the board of this page, which the first call places */
export const boardOfPage = () => (placed ??= new Board());

/** Place the board, and lay it out, while other scripts load. Pages that embed scenes have none. */
export function placeEarly() {
  if (!document.getElementById("board-state")) return;
  boardOfPage();
  document.body.getBoundingClientRect();
}
