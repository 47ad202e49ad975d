// @ts-check
/** The badge of a board whose scenes are all stale. */

import { boardAgeOf } from "./ages.js";
import { setAttribute, setText } from "./dom.js";

export class BoardAge {
  #badge;
  #announce;

  /** @param {HTMLElement} badge @param {(sentence: string) => void} announce */
  constructor(badge, announce) {
    this.#badge = badge;
    this.#announce = announce;
  }

  /** Whether all scenes are stale */
  get isStale() {
    return !this.#badge.hidden;
  }

  /** @param {SceneView[]} views those on the page @param {number} nowS on the server's clock */
  show(views, nowS) {
    const age = boardAgeOf(views.map((view) => view.age), nowS);
    if (age.isStale && !this.isStale) this.#announce("All scenes are stale");
    this.#badge.hidden = !age.isStale;
    setText(this.#badge, age.text);
    setAttribute(this.#badge, "title", age.title);
  }
}
