// @ts-check
/** One scene on the page: its module, its frame, and the user's choices. */

import { ageOf, staleAfterOf } from "./ages.js";
import { limitText, paintHidden } from "./hidden.js";
import { SceneFrame } from "./scene_frame.js";
import { loadSetting, saveSetting } from "./storage.js";
import { paintTable } from "./table.js";

/** @typedef {import("./scenes.js").Scene} Scene */
/** @typedef {import("../mirror.js").Mirror} Mirror */

export class SceneView {
  /** @type {Record<string, string>} */
  options = {};
  isTable = false;
  /** Time of the newest painted value @type {number | null} */
  #changedAt = null;
  #source;
  #nowS;
  #staleAfterS;

  /** @param {Scene} scene @param {() => Mirror} source the state to display @param {() => number} nowS the server's clock */
  constructor(scene, source, nowS) {
    this.scene = scene;
    this.name = scene.name;
    this.number = scene.number;
    this.title = scene.title;
    this.#source = source;
    this.#nowS = nowS;
    this.frame = new SceneFrame(scene);
    this.isTable = loadSetting(`${this.name}.table`) === "1" && this.hasTable;
    this.#staleAfterS = staleAfterOf(scene.eventTypes);
    for (const { name, choices } of scene.module.options ?? []) {
      const chosen = loadSetting(`${this.name}.${name}`);
      this.options[name] = choices.find(({ value }) => value === chosen)?.value ?? choices[0].value;
    }
  }

  get context() {
    return { eventTypes: this.scene.eventTypes, options: this.options, nowS: this.#nowS() };
  }

  get hasTable() {
    return this.scene.module.table !== undefined;
  }

  /** Paint the current state. */
  paint() {
    const { module, eventTypes } = this.scene;
    if (module.failure) return this.frame.showError(module.failure, "");
    const source = this.#source();
    this.#changedAt = newestOf(eventTypes.map(({ name }) => source.changedAt(name)));
    if (eventTypes.every(({ name }) => source.count(name) === 0)) return this.frame.show("empty");
    // Show the part first: a canvas without layout has no size.
    this.frame.show(this.isTable ? "table" : "body");
    const part = this.frame.parts[this.isTable ? "table" : "body"];
    const hidden = this.isTable ? paintTable(part, this.table(), this.title) : module.paint(part, module.model(source, this.context));
    paintHidden(part, [hidden, limitText(source, eventTypes)]);
  }

  /** Time of the newest painted value, and the age at which the scene is stale. */
  get age() {
    return { changedAt: this.#changedAt, staleAfterS: this.#staleAfterS };
  }

  /** @param {number} nowS on the server's clock */
  showAge(nowS) {
    this.frame.showAge(ageOf(this.#changedAt, nowS, this.#staleAfterS));
  }

  /** Apply and store a choice. @param {string} option @param {string} value */
  choose(option, value) {
    this.options[option] = value;
    saveSetting(`${this.name}.${option}`, value);
  }

  /** Switch between chart and table, and store the choice. */
  toggleTable() {
    this.isTable = !this.isTable;
    saveSetting(`${this.name}.table`, this.isTable ? "1" : null);
  }

  /** @returns {import("./scenes.js").Table} the scene's whole state as a table */
  table() {
    return this.scene.module.table?.(this.#source(), this.context) ?? { columns: [], rows: [] };
  }
}

/** @param {(number | null)[]} times @returns {number | null} */
function newestOf(times) {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known.map(Number));
}
