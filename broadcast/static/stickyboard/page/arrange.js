// @ts-check
/** Places the scenes on the page. A board with a text for its empty state hides scenes without events. */

import { makeRow, paintRows, setText } from "./dom.js";

export class Arrangement {
  #parents;
  #empty;
  #viewsOf;
  /** Names of the placed scenes @type {string | null} */
  #placed = null;

  /**
   * @param {(only: string | null) => SceneView[]} viewsOf in the order of the page, without those that the user hides
   * @param {{scenes: HTMLElement, banners: HTMLElement}} parents
   * @param {string | null} emptyText displayed while no scene has events; null to display each scene's own empty state
   */
  constructor(viewsOf, parents, emptyText) {
    this.#viewsOf = viewsOf;
    this.#parents = parents;
    this.#empty = emptyText === null ? null : buildEmpty(emptyText);
    if (this.#empty) parents.scenes.after(this.#empty);
  }

  /** Add scenes that have events now, and remove those that have none. @param {string | null} only the scene that is displayed alone */
  update(only) {
    const shown = this.#viewsOf(only).filter(({ name, isEmpty }) => this.#empty === null || name === only || !isEmpty);
    const names = shown.map(({ name, size }) => `${name} ${size}`).join();
    if (names === this.#placed) return;
    this.#placed = names;
    const isBanner = (/** @type {SceneView} */ { scene }) => scene.size === "banner";
    place(this.#parents.banners, shown.filter(isBanner));
    place(this.#parents.scenes, shown.filter((view) => !isBanner(view)));
    // Sizes of the board fill its rows; sizes that the user chose are used as they are.
    const isResized = shown.some(({ size, scene }) => size !== scene.size);
    this.#parents.scenes.dataset.count = isResized ? "any" : String(shown.filter(({ scene }) => scene.size !== "strip" && scene.size !== "banner").length);
    this.#parents.scenes.hidden = shown.length === 0;
    if (this.#empty) this.#empty.hidden = shown.length > 0;
  }
}

/** Make the children of `parent` the views' frames, and move none that stays. @param {HTMLElement} parent @param {SceneView[]} views */
function place(parent, views) {
  paintRows(parent, views, ({ name }) => name, ({ frame }) => frame, () => undefined);
}

/** @param {string} text the first line is the heading, the rest is code */
function buildEmpty(text) {
  const [title, ...code] = text.split("\n");
  const parts = makeRow("section.board-empty", { title: "h2.board-empty-title", pre: "pre.board-empty-code[tabindex=0]", code: "pre > code" });
  setText(parts.title, title);
  setText(parts.code, code.join("\n").trim());
  return parts.element;
}
