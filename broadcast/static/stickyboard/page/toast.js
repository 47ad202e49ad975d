// @ts-check
/** A short notice at the bottom of the page: what was done, or why it failed. */

import { make, setText } from "./dom.js";

export const VISIBLE_MS = 6000;

export class Toast {
  #element;
  #timers;
  #announce;
  #text = make("span", "toast-text");
  /** @type {any} */
  #timer = null;
  #stays = false;

  /**
   * @param {HTMLElement} element a manual popover, which is above menus and dialogs
   * @param {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} timers
   * @param {(sentence: string) => void} announce for screen readers, which do not read the popover itself
   */
  constructor(element, timers, announce) {
    this.#element = element;
    this.#timers = timers;
    this.#announce = announce;
    element.append(this.#text);
    element.addEventListener("click", () => this.hide());
  }

  /** @param {string} sentence @param {{stays?: boolean}} [options] whether it stays until it is dismissed */
  show(sentence, { stays = false } = {}) {
    this.hide();
    setText(this.#text, sentence);
    this.#element.showPopover();
    this.#announce(sentence);
    this.#stays = stays;
    if (!stays) this.#timer = this.#timers.setTimeout(() => this.hide(), VISIBLE_MS);
  }

  /** @returns {boolean} whether a notice was dismissed that would have stayed */
  dismiss() {
    const stayed = this.#stays;
    if (stayed) this.hide();
    return stayed;
  }

  hide() {
    this.#stays = false;
    this.#timers.clearTimeout(this.#timer);
    if (this.#element.matches(":popover-open")) this.#element.hidePopover();
  }
}
