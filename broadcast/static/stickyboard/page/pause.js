// @ts-check
/** Pauses the display. Updates are still received, acknowledged and counted, and are painted when the pause ends. */

import { setAttribute, setText } from "./dom.js";
import { countText } from "./format.js";
import { iconOf } from "./icons.js";

/** @typedef {import("../mirror.js").Mirror} Mirror */

export class Pause {
  #changes = 0;
  /** A copy of the mirror from the beginning of the pause @type {Mirror | null} */
  #frozen = null;
  #pausedAtS = 0;
  #parts;

  /**
   * @param {{button: HTMLElement, text: HTMLElement, painter: import("../painter.js").Painter,
   *   mirror: Mirror, nowS: () => number, announce: (sentence: string) => void, onPause: () => void}} parts
   *   `nowS` is the server's clock
   */
  constructor(parts) {
    this.#parts = parts;
    parts.button.addEventListener("click", () => this.toggle());
    this.#show();
  }

  /** The mirror from which charts, tables and files are made; during a pause, its copy. */
  get displayed() {
    return this.#frozen ?? this.#parts.mirror;
  }

  /** The time to which ages and axes refer. */
  get nowS() {
    return this.#frozen ? this.#pausedAtS : this.#parts.nowS();
  }

  toggle() {
    const { painter, mirror, nowS, announce, onPause } = this.#parts;
    this.#pausedAtS = nowS();
    this.#frozen = painter.isPaused ? null : mirror.copy();
    painter.setPaused(!painter.isPaused);
    announce(painter.isPaused ? "Paused" : `Resumed; ${countText(this.#changes)} changes arrived during the pause`);
    this.#changes = 0;
    if (painter.isPaused) onPause();
    this.#show();
  }

  /** @param {number} changes number of newly received changes */
  count(changes) {
    if (!this.#parts.painter.isPaused || changes === 0) return;
    this.#changes += changes;
    this.#showCount();
  }

  #show() {
    const { button, painter } = this.#parts;
    const label = painter.isPaused ? "Resume" : "Pause";
    button.querySelector("svg")?.replaceWith(iconOf(painter.isPaused ? "play" : "pause"));
    setAttribute(button, "aria-label", label);
    setAttribute(button, "title", `${label} (Space)`);
    document.body.classList.toggle("is-paused", painter.isPaused);
    this.#showCount();
  }

  #showCount() {
    setText(this.#parts.text, this.#parts.painter.isPaused ? `paused +${countText(this.#changes)}` : "");
  }
}
