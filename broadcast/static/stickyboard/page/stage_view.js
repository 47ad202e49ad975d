// @ts-check
/** Applies the stage to the page and to its URL. */

import { layoutProblemsOf } from "./scene_order.js";
import { problemsOf, readStage, searchOf, step, withParameters } from "./stage_url.js";

/** @typedef {import("./stage_url.js").Stage} Stage */

export class StageView {
  /** @type {Stage} */
  stage;
  #views;
  #announce;
  #toast;
  #layout;
  /** Called when the stage changes. @type {() => unknown} */
  onChange = () => {};

  /**
   * @param {SceneView[]} views
   * @param {(sentence: string) => void} announce
   * @param {import("./toast.js").Toast} toast
   * @param {import("./user_layout.js").UserLayout} layout
   */
  constructor(views, announce, toast, layout) {
    this.#layout = layout;
    this.#views = views;
    this.#announce = announce;
    this.#toast = toast;
    this.stage = this.#read();
    this.#apply();
    addEventListener("popstate", () => {
      this.stage = this.#read();
      this.#apply();
    });
  }

  /** Show only one scene. @param {string} name */
  show(name) {
    this.#enter({ ...this.stage, scene: name });
  }

  /** @param {number} number */
  showNumber(number) {
    const view = this.#views.find((each) => each.number === number);
    if (view) this.show(view.name);
  }

  /** Show all scenes and leave presentation mode. */
  showAll() {
    this.#enter({ scene: null, isPresenting: false });
    if (document.fullscreenElement) void document.exitFullscreen();
  }

  /** Go to the next or previous scene, if a single scene or presentation mode is active. @param {1 | -1} by */
  step(by) {
    if (this.stage.scene || this.stage.isPresenting) this.#enter(step(this.stage, this.#layout.visible(), by));
  }

  togglePresentation() {
    this.#enter({ ...this.stage, isPresenting: !this.stage.isPresenting });
  }

  /** Enter full screen if the browser allows it, or leave it. */
  toggleFullscreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    return document.documentElement.requestFullscreen().catch((error) => this.#toast.show(`Full screen is not available: ${error.message}`));
  }

  /** @param {SceneView} view @returns {string} the URL of this scene alone, with the user's layout */
  linkOf(view) {
    return location.origin + location.pathname + searchOf({ scene: view.name, isPresenting: false }, this.#views, withParameters(location.search, { layout: this.#layout.text }));
  }

  /** Read the URL; a notice about invalid parameters stays until the stage changes. @returns {Stage} */
  #read() {
    const layout = new URLSearchParams(location.search).get("layout") ?? "";
    const problems = [...problemsOf(location.search, this.#views), ...layoutProblemsOf(layout, this.#views)];
    this.#toast.hide();
    if (problems.length) this.#toast.show(problems.join(" "), { stays: true });
    return readStage(location.search, this.#views);
  }

  /** @param {Stage} stage */
  #enter(stage) {
    this.#toast.hide();
    const search = searchOf(stage, this.#views, location.search);
    if (search !== location.search) history.pushState(null, "", location.pathname + search);
    this.stage = stage;
    this.#apply();
    const view = this.#views.find(({ name }) => name === stage.scene);
    this.#announce(view ? `Scene ${view.number ?? ""} ${view.title}` : "All scenes");
  }

  #apply() {
    const { scene, isPresenting } = this.stage;
    document.body.classList.toggle("is-presenting", isPresenting);
    document.body.classList.toggle("is-single", scene !== null);
    for (const { name, frame } of this.#views) {
      frame.element.hidden = scene !== null && scene !== name;
      frame.element.classList.toggle("is-large", scene === name);
    }
    this.onChange();
  }
}
