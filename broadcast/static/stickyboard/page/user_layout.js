// @ts-check
/** Applies the user's layout to the scenes. The URL, or else the browser, remembers it per board. */

import { changed, isMovable, movedTo, neighbourOf, readLayout, textOf } from "./scene_order.js";
import { withParameters } from "./stage_url.js";
import { loadSetting, saveSetting } from "./storage.js";

export class UserLayout {
  /** Called after each change. @type {() => void} */
  onChange = () => {};
  #views;
  #scenes;
  #setting;
  /** @type {import("./scene_order.js").Placed[]} */
  #layout = [];

  /** @param {SceneView[]} views @param {string} board */
  constructor(views, board) {
    this.#views = new Map(views.map((view) => [view.name, view]));
    this.#scenes = views.map(({ name, number, scene: { size } }) => ({ name, number, size }));
    this.#setting = `${board}.layout`;
    this.#read();
    addEventListener("popstate", () => {
      this.#read();
      this.onChange();
    });
  }

  /** The layout in a link; "" for the board's. */
  get text() {
    return textOf(this.#layout, this.#scenes);
  }

  /** @param {string | null} [only] a scene that is displayed even if it is hidden @returns {SceneView[]} in the user's order */
  visible(only = null) {
    return this.#layout.filter(({ name, isHidden }) => !isHidden || name === only).map(({ name }) => this.#view(name));
  }

  get hidden() {
    return this.#layout.filter(({ isHidden }) => isHidden).map(({ name }) => this.#view(name));
  }

  /** @param {SceneView} view @param {1 | -1} by @returns {string | null} the scene whose place it would take */
  neighbour({ name }, by) {
    return neighbourOf(this.#layout, name, by);
  }

  /** @param {SceneView} view @param {string} target the scene whose place it takes @returns {string} what was done */
  move({ name, title }, target) {
    this.#enter(movedTo(this.#layout, name, target));
    const names = this.visible().filter(({ scene }) => isMovable(scene)).map((view) => view.name);
    return `${title} is now scene ${names.indexOf(name) + 1} of ${names.length}`;
  }

  /** @param {SceneView} view @param {import("./scene_order.js").Size} size @returns {string} */
  resize({ name, title }, size) {
    this.#enter(changed(this.#layout, name, { size }));
    return `${title} is ${size}`;
  }

  /** @param {SceneView} view @param {boolean} isHidden @returns {string} */
  hide({ name, title }, isHidden) {
    this.#enter(changed(this.#layout, name, { isHidden }));
    return isHidden ? `${title} is hidden; the bar lists hidden scenes` : `${title} is displayed`;
  }

  /** Return to the board's layout. @returns {string} */
  reset() {
    this.#enter(readLayout("", this.#scenes));
    return "The board's own layout";
  }

  /** @param {string} name */
  #view(name) {
    return /** @type {SceneView} */ (this.#views.get(name));
  }

  #read() {
    this.#layout = readLayout(new URLSearchParams(location.search).get("layout") ?? loadSetting(this.#setting) ?? "", this.#scenes);
    this.#apply();
  }

  /** @param {import("./scene_order.js").Placed[]} layout */
  #enter(layout) {
    this.#layout = layout;
    saveSetting(this.#setting, this.text || null);
    // The link's layout is no longer the displayed one.
    const search = withParameters(location.search, { layout: "" });
    if (search !== location.search) history.replaceState(null, "", location.pathname + search);
    this.#apply();
    this.onChange();
  }

  #apply() {
    for (const { name, size, isHidden } of this.#layout) {
      const view = this.#view(name);
      Object.assign(view, { size, isHidden });
      if (isHidden) view.isStale = false; // its age is not measured while nobody sees it
    }
  }
}
