// @ts-check
/** One scene on the page: its module, its frame, and the user's choices. */

import { ageOf, staleAfterOf } from "./ages.js";
import { alertsOf } from "./alerts.js";
import { setAttribute } from "./dom.js";
import { filteredText, droppedText, paintHidden } from "./not_shown.js";
import { SceneFrame } from "./scene_frame.js";
import { loadSetting, saveSetting } from "./storage.js";
import { paintTable } from "./table.js";
import { entriesOf } from "./view.js";

/** @typedef {import("./scenes.js").Scene} Scene */
/** @typedef {import("../mirror.js").Mirror} Mirror */

export class SceneView {
  /** @type {Record<string, string>} */
  options = {};
  isTable = false;
  #mayAlert = true;
  #isModelEmpty = false;
  /** Time of the newest value when alerts were last read @type {number | null} */
  #alertsAt = null;
  isStale = false;
  /** Whether the user's layout leaves it out */
  isHidden = false;
  /** @type {Alert[]} */
  alerts = [];
  /** Time of the newest painted value @type {number | null} */
  #changedAt = null;
  #source;
  #nowS;
  #filter;
  #staleAfterS;

  /**
   * @param {Scene} scene
   * @param {() => Mirror} source the state to display
   * @param {() => number} nowS the server's clock
   * @param {import("./filter.js").Filter} filter
   */
  constructor(scene, source, nowS, filter) {
    this.scene = scene;
    this.name = scene.name;
    this.number = scene.number;
    this.title = scene.title;
    this.#source = source;
    this.#nowS = nowS;
    this.#filter = filter;
    this.frame = new SceneFrame(scene);
    this.isTable = loadSetting(`${this.name}.table`) === "1" && this.hasTable;
    this.#staleAfterS = staleAfterOf(scene.eventTypes);
  }

  get context() {
    // Here, because a module of another app is loaded later than the page.
    for (const { name, choices } of this.scene.module.options ?? []) {
      const stored = loadSetting(`${this.name}.${name}`);
      this.options[name] ??= typeof choices === "function" ? (stored ?? "") : (choices.find(({ value }) => value === stored)?.value ?? choices[0].value);
    }
    return { eventTypes: this.scene.eventTypes, options: this.options, nowS: this.#nowS() };
  }

  /** Its size on the page, which the user may have chosen. */
  get size() {
    return /** @type {Scene["size"]} */ (this.frame.element.dataset.size);
  }

  set size(size) {
    setAttribute(this.frame.element, "data-size", size);
  }

  get hasTable() {
    return this.scene.module.table !== undefined;
  }

  /** Paint the current state. */
  paint() {
    const { module, eventTypes } = this.scene;
    if (module.failure) return this.frame.showError(module.failure, "");
    const [all, source] = [this.#source(), this.#displayed];
    this.#changedAt = this.#arrivedAt;
    if (this.#hasNoneIn(source)) {
      this.readAlerts();
      return this.frame.show(this.#hasNoneIn(all) ? "empty" : "filtered");
    }
    // Show the part first: a canvas without layout has no size.
    this.frame.show(this.isTable ? "table" : "body");
    const part = this.frame.parts[this.isTable ? "table" : "body"];
    const model = module.model(source, this.context);
    // A filter does not hide alerts.
    if (source === all) this.#takeAlerts(model);
    else this.readAlerts();
    this.#isModelEmpty = model?.isEmpty === true;
    if (this.#isModelEmpty && !this.isTable) return this.frame.show("empty");
    const hidden = this.isTable ? paintTable(part, this.table(), this.title) : module.paint(part, model);
    paintHidden(part, [hidden, filteredText(source, all, eventTypes), droppedText(all, eventTypes)]);
  }

  /** Find alerts in changes that were not painted, because the scene or the page is not visible. */
  readAlerts() {
    const { module } = this.scene;
    if (module.failure || !this.#mayAlert || this.#arrivedAt === this.#alertsAt) return;
    const all = this.#source();
    try {
      this.#takeAlerts(this.#hasNoneIn(all) ? { alerts: [] } : module.model(all, this.context));
    } catch {
      this.#takeAlerts({}); // the scene displays the error when it is painted
    }
  }

  /** @param {any} model of the unfiltered state */
  #takeAlerts(model) {
    this.#alertsAt = this.#arrivedAt;
    this.#mayAlert = Array.isArray(model?.alerts);
    this.alerts = alertsOf(model);
    this.frame.showAlerts(this.alerts);
  }

  /** Whether it has nothing to draw: no entries, or the model says so. */
  get isEmpty() {
    return this.#isModelEmpty || this.#hasNoneIn(this.#source());
  }

  /** @param {Pick<Mirror, "count">} source whether it has no entries of the scene */
  #hasNoneIn(source) {
    return this.scene.eventTypes.every(({ name }) => source.count(name) === 0);
  }

  /** Time of the newest value of the displayed state; null without one. */
  get #arrivedAt() {
    const times = this.scene.eventTypes.map(({ name }) => this.#source().changedAt(name)).filter((time) => time !== null);
    return times.length === 0 ? null : Math.max(...times);
  }

  /** The displayed state, without what the filter hides. */
  get #displayed() {
    return this.#filter.applied(this.#source());
  }

  /** Time of the newest painted value, and the age at which the scene is stale. */
  get age() {
    return { changedAt: this.#changedAt, staleAfterS: this.#staleAfterS };
  }

  /** @param {number} nowS on the server's clock */
  showAge(nowS) {
    const age = ageOf(this.#changedAt, nowS, this.#staleAfterS);
    this.isStale = age.isStale;
    this.frame.showAge(age);
  }

  /** @returns {{name: string, title: string, choices: Choice[]}[]} options that have a choice now */
  get choices() {
    const entries = () => entriesOf(this.#displayed, this.context);
    const options = (this.scene.module.options ?? []).map((option) => ({ ...option, choices: typeof option.choices === "function" ? option.choices(entries()) : option.choices }));
    return options.filter(({ choices }) => choices.length > 0);
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

  /** @returns {Table} the scene's whole state as a table, without what the filter hides */
  table() {
    return this.scene.module.table?.(this.#displayed, this.context) ?? { columns: [], rows: [] };
  }
}
