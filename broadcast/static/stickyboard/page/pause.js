// @ts-check
/** The pause: what comes meanwhile is received and counted, and shown when it ends. */

import { setAttribute, setText } from "./dom.js";
import { countText } from "./format.js";
import { iconOf } from "./icons.js";

/** @typedef {import("../mirror.js").Mirror} Mirror */

export class Pause {
  #changes = 0;
  /** The mirror when the pause began @type {Mirror | null} */
  #frozen = null;
  #parts;

  /**
   * @param {{button: HTMLElement, text: HTMLElement, painter: import("../painter.js").Painter,
   *   mirror: Mirror, say: (sentence: string) => void, onPause: () => void}} parts
   */
  constructor(parts) {
    this.#parts = parts;
    parts.button.addEventListener("click", () => this.toggle());
    this.#show();
  }

  /** What every picture, table and file is made of: what has come, or during a pause what had come when it began. */
  get shown() {
    return this.#frozen ?? this.#parts.mirror;
  }

  toggle() {
    const { painter, mirror, say, onPause } = this.#parts;
    this.#frozen = painter.isPaused ? null : mirror.copy();
    painter.setPaused(!painter.isPaused);
    say(painter.isPaused ? "Paused" : `Going on; ${countText(this.#changes)} changes came meanwhile`);
    this.#changes = 0;
    if (painter.isPaused) onPause();
    this.#show();
  }

  /** @param {number} changes that were received just now */
  count(changes) {
    if (!this.#parts.painter.isPaused || changes === 0) return;
    this.#changes += changes;
    this.#showCount();
  }

  #show() {
    const { button, painter } = this.#parts;
    const does = painter.isPaused ? "Go on" : "Pause";
    button.querySelector("svg")?.replaceWith(iconOf(painter.isPaused ? "play" : "pause"));
    setAttribute(button, "aria-label", does);
    setAttribute(button, "title", `${does} (Space)`);
    document.body.classList.toggle("is-paused", painter.isPaused);
    this.#showCount();
  }

  #showCount() {
    setText(this.#parts.text, this.#parts.painter.isPaused ? `paused +${countText(this.#changes)}` : "");
  }
}
