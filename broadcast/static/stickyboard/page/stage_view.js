// @ts-check
/** Puts the stage on the page: which scenes are shown, how large, and the address that leads here. */

import { problemsOf, readStage, searchOf, step } from "./stage.js";

/** @typedef {import("./scene_view.js").SceneView} SceneView */
/** @typedef {import("./stage.js").Stage} Stage */

export class StageView {
  /** @type {Stage} */
  stage;
  #views;
  #say;
  #toast;
  /** Called when other scenes are shown, or in another way. @type {() => unknown} */
  onChange = () => {};

  /** @param {SceneView[]} views @param {(sentence: string) => void} say @param {import("./toast.js").Toast} toast */
  constructor(views, say, toast) {
    this.#views = views;
    this.#say = say;
    this.#toast = toast;
    this.stage = this.#read();
    this.#apply();
    addEventListener("popstate", () => {
      this.stage = this.#read();
      this.#apply();
    });
  }

  /** @param {string} name Show one scene large. */
  show(name) {
    this.#enter({ ...this.stage, scene: name });
  }

  /** @param {number} number */
  showNumber(number) {
    const view = this.#views.find((each) => each.number === number);
    if (view) this.show(view.name);
  }

  /** Show all scenes, with the bar. */
  showAll() {
    this.#enter({ scene: null, isPresenting: false });
    if (document.fullscreenElement) void document.exitFullscreen();
  }

  /** @param {1 | -1} by To the next or the last scene, where one is shown large or presented. */
  step(by) {
    if (this.stage.scene || this.stage.isPresenting) this.#enter(step(this.stage, this.#views, by));
  }

  togglePresentation() {
    this.#enter({ ...this.stage, isPresenting: !this.stage.isPresenting });
  }

  /** Fill the screen, where the browser allows it, or leave it. */
  toggleFullscreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    return document.documentElement.requestFullscreen().catch((error) => this.#toast.show(`No full screen: ${error.message}`));
  }

  /** @param {SceneView} view @returns {string} the address of this scene, shown large */
  linkOf(view) {
    return location.origin + location.pathname + searchOf({ scene: view.name, isPresenting: false }, this.#views);
  }

  /** @returns {Stage} what the address asks for; what it asks for in vain is shown until another stage is chosen */
  #read() {
    const problems = problemsOf(location.search, this.#views);
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
    this.#say(view ? `Scene ${view.number ?? ""} ${view.title}` : "All scenes");
  }

  #apply() {
    const { scene, isPresenting } = this.stage;
    document.body.classList.toggle("is-presenting", isPresenting);
    document.body.classList.toggle("is-single", scene !== null);
    for (const { name, box } of this.#views) {
      box.element.hidden = scene !== null && scene !== name;
      box.element.classList.toggle("is-large", scene === name);
    }
    this.onChange();
  }
}
