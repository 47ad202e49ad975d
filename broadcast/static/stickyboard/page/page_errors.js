// @ts-check
/** Errors in the page's own code. They appear next to the connection badge, and each is logged once. */

import { setAttribute, setText } from "./dom.js";
import { errorText } from "./safe_text.js";

const MAX_LOGGED = 20;
const MAX_CHARACTERS = 200;

export class PageErrors {
  #count = 0;
  /** @type {Set<string>} */
  #logged = new Set();
  #parts;

  /** @param {{badge: HTMLElement, announce: (sentence: string) => void, log: (error: unknown) => void}} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {unknown} error */
  add(error) {
    const { badge, announce, log } = this.#parts;
    const text = errorText(error).slice(0, MAX_CHARACTERS);
    this.#count += 1;
    badge.hidden = false;
    setText(badge, this.#count === 1 ? "page error" : `page error ×${this.#count}`);
    setAttribute(badge, "title", `${text}. This is an error in the page, not in the connection. Reload the page.`);
    if (this.#logged.has(text) || this.#logged.size >= MAX_LOGGED) return;
    this.#logged.add(text);
    announce(`Page error: ${text}`);
    log(error);
  }
}
