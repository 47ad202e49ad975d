// @ts-check
/** One short notice at the lower edge of the page: what was done, or why it could not be done. */

import { make, setText } from "./dom.js";

export const SHOWN_MS = 6000;

export class Toast {
  #element;
  #timers;
  #say;
  #text = make("span", "toast-text");
  /** @type {any} */
  #timer = null;
  #stays = false;

  /**
   * @param {HTMLElement} element a manual popover, so that it lies above menus and dialogs
   * @param {{setTimeout: (run: () => void, ms: number) => any, clearTimeout: (timer: any) => void}} timers
   * @param {(sentence: string) => void} say announces it; the popover itself is not read out
   */
  constructor(element, timers, say) {
    this.#element = element;
    this.#timers = timers;
    this.#say = say;
    element.append(this.#text);
    element.addEventListener("click", () => this.hide());
  }

  /** @param {string} sentence @param {{stays?: boolean}} [options] whether it is shown until it is dismissed */
  show(sentence, { stays = false } = {}) {
    this.hide();
    setText(this.#text, sentence);
    this.#element.showPopover();
    this.#say(sentence);
    this.#stays = stays;
    if (!stays) this.#timer = this.#timers.setTimeout(() => this.hide(), SHOWN_MS);
  }

  /** @returns {boolean} whether one was shown that would have stayed */
  dismiss() {
    const wasShown = this.#stays;
    if (wasShown) this.hide();
    return wasShown;
  }

  hide() {
    this.#stays = false;
    this.#timers.clearTimeout(this.#timer);
    if (this.#element.matches(":popover-open")) this.#element.hidePopover();
  }
}
