// @ts-check
/**
 * One view in a page of a project: a shadow root, so that neither the page's styles nor ours affect the other.
 *
 * Its outermost element resets what is inherited from the page. The style sheet is a link, which a policy of
 * `style-src 'self'` permits.
 */

import { announcer } from "./announcer.js";
import { timers } from "./browser.js";
import { makeRow } from "./dom.js";
import { watchBackground } from "./embed_theme.js";
import { Menu } from "./menu.js";
import { badgeOf, paintBadge } from "./status.js";

export class EmbeddedView {
  #wasLive = false;

  /** @param {HTMLElement} element written by a template tag */
  constructor(element) {
    const { board = "", scene = "", height = "", theme = "auto", style = "" } = element.dataset;
    this.board = board;
    this.scene = scene;
    element.style.setProperty("display", "block");
    if (height) element.style.setProperty("block-size", height);
    this.parts = build(scene !== "");
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet" });
    /** Resolved when the style sheet is loaded, or cannot be. @type {Promise<void>} */
    this.isStyled = new Promise((resolve) => (link.onload = link.onerror = () => resolve()));
    link.href = style;
    element.attachShadow({ mode: "open" }).append(link, this.parts.element);
    this.announce = announcer(this.parts.region, timers);
    // The size of text that the user chose; `rem` would be the page's.
    this.parts.element.style.setProperty("--rem", getComputedStyle(this.parts.element).fontSize);
    if (theme === "auto") watchBackground(element, (found) => (this.parts.root.dataset.theme = found));
    else this.parts.root.dataset.theme = theme;
  }

  /** @param {string} name of a scene */
  shows(name) {
    return this.scene === "" || this.scene === name;
  }

  /** Show the connection while it is not live. @param {import("../connection.js").State} state @param {number} elapsedMs since it was entered */
  showConnection(state, elapsedMs) {
    const { badge } = this.parts;
    this.#wasLive ||= state.name === "live";
    const isFirst = !this.#wasLive && (state.name === "connecting" || state.name === "replaying");
    badge.hidden = state.name === "live" || isFirst;
    paintBadge(badge, state.name, badgeOf(state, ("retryInMs" in state ? state.retryInMs : 0) - elapsedMs));
  }

  /** Give a scene its menu. @param {SceneView} view @param {(view: SceneView) => void} repaint */
  addMenu(view, repaint) {
    new Menu(this.parts.menu, { board: this.board, notify: this.announce, announce: this.announce, repaint }).attach(view);
  }
}

/** @param {boolean} isSingle */
function build(isSingle) {
  const parts = makeRow("div.embed", {
    root: "div.embed-root",
    badge: "root > p.badge.embed-badge[hidden]",
    banners: "root > div[id=banners]",
    scenes: "root > div[id=scenes]",
    menu: "root > div.menu[popover=auto][role=dialog]",
    region: "root > p.for-listeners[role=status]",
  });
  parts.root.classList.toggle("is-single", isSingle);
  return parts;
}
