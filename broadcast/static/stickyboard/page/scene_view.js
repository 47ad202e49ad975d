// @ts-check
/** One scene on the page: its module, its box, and what a watcher chose for it. */

import { ageOf, staleAfterOf } from "./ages.js";
import { Box } from "./scene_frame.js";
import { limitText, paintHidden } from "./hidden.js";
import { recall, remember } from "./storage.js";
import { paintTable } from "./table.js";

/** @typedef {import("./scenes.js").Scene} Scene */
/** @typedef {import("../mirror.js").Mirror} Mirror */

export class SceneView {
  /** @type {Record<string, string>} */
  options = {};
  isTable = false;
  /** When the newest value that is painted came @type {number | null} */
  #changedAt = null;
  #shown;
  #staleAfterS;

  /** @param {Scene} scene @param {() => Mirror} shown what pictures and tables are made of */
  constructor(scene, shown) {
    this.scene = scene;
    this.name = scene.name;
    this.number = scene.number;
    this.title = scene.title;
    this.#shown = shown;
    this.box = new Box(scene);
    this.isTable = recall(`${this.name}.table`) === "1" && this.hasTable;
    this.#staleAfterS = staleAfterOf(scene.eventTypes);
    for (const { name, choices } of scene.module.options ?? []) {
      const chosen = recall(`${this.name}.${name}`);
      this.options[name] = choices.find(({ value }) => value === chosen)?.value ?? choices[0].value;
    }
  }

  get context() {
    return { eventTypes: this.scene.eventTypes, options: this.options };
  }

  get hasTable() {
    return this.scene.module.table !== undefined;
  }

  /** Paint what is shown now. */
  paint() {
    const { module, eventTypes } = this.scene;
    if (module.failure) return this.box.showError(module.failure, "");
    const shown = this.#shown();
    this.#changedAt = newestOf(eventTypes.map(({ name }) => shown.changedAt(name)));
    if (eventTypes.every(({ name }) => shown.count(name) === 0)) return this.box.show("empty");
    // Shown first: a canvas that is not laid out has no size.
    this.box.show(this.isTable ? "table" : "body");
    const part = this.box.parts[this.isTable ? "table" : "body"];
    const hidden = this.isTable ? paintTable(part, this.table(), this.title) : module.paint(part, module.model(shown, this.context));
    paintHidden(part, [hidden, limitText(shown, eventTypes)]);
  }

  /** When the newest value that is painted came, and after how long it is stale. */
  get age() {
    return { changedAt: this.#changedAt, staleAfterS: this.#staleAfterS };
  }

  /** @param {number} nowS on the server's clock */
  showAge(nowS) {
    this.box.showAge(ageOf(this.#changedAt, nowS, this.#staleAfterS));
  }

  /** @param {string} option @param {string} value Take a choice, and remember it. */
  choose(option, value) {
    this.options[option] = value;
    remember(`${this.name}.${option}`, value);
  }

  /** Show the table in the place of the picture, or the other way round, and remember it. */
  toggleTable() {
    this.isTable = !this.isTable;
    remember(`${this.name}.table`, this.isTable ? "1" : null);
  }

  /** @returns {import("./scenes.js").Table} everything the scene has */
  table() {
    return this.scene.module.table?.(this.#shown(), this.context) ?? { columns: [], rows: [] };
  }
}

/** @param {(number | null)[]} times @returns {number | null} */
function newestOf(times) {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known.map(Number));
}
