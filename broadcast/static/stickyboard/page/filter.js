// @ts-check
/** The board's filter: text that is searched in all key fields, such as host, run and model. Sans-I/O. */

import { remembered } from "./view.js";

/**
 * @typedef {{entries: (type: string) => Entry[], count: (type: string) => number, changedAt: (type: string) => number | null,
 *   unfiltered?: (type: string) => number}} Source `unfiltered` counts the entries to which the filter does not apply
 */

export const MAX_TEXT = 200;

export class Filter {
  text = "";
  #terms = /** @type {string[]} */ ([]);
  #eventTypes;
  /** The fields in which an entry of the board matches. @type {Set<string>} */
  #matching = new Set();
  /** The same object for the same source */
  #filteredSource = remembered((/** @type {Source} */ source) => /** @type {Source} */ ({
    entries: (type) => this.#filtered(source, type),
    count: (type) => this.#filtered(source, type).length,
    changedAt: (type) => source.changedAt(type),
    unfiltered: (type) => source.entries(type).filter((entry) => this.#fieldsOf(entry).length === 0).length,
  }));

  /** @param {EventType[]} eventTypes of the board */
  constructor(eventTypes) {
    this.#eventTypes = eventTypes;
    /** In which it searches */
    this.fields = [...new Set(eventTypes.flatMap(({ keyFields }) => keyFields ?? []))];
  }

  /** @param {string} text words, all of which have to occur @param {Source} source the board's state */
  set(text, source) {
    this.text = text.slice(0, MAX_TEXT).trim();
    this.#terms = this.text.toLowerCase().split(/\s+/).filter(Boolean);
    this.refresh(source);
  }

  /** Find the fields that match again, because new names have arrived. @param {Source} source @returns {boolean} whether they changed */
  refresh(source) {
    const before = [...this.#matching].join();
    this.#matching.clear();
    if (this.#terms.length > 0) {
      for (const { name, keyFields = [] } of this.#eventTypes) {
        for (const field of keyFields) {
          if (!this.#matching.has(field) && source.entries(name).some((entry) => this.#hasTerms(entry, field))) this.#matching.add(field);
        }
      }
    }
    return before !== [...this.#matching].join();
  }

  /** @param {Source} source @returns {Source} with the entries that match */
  applied(source) {
    return this.#terms.length === 0 ? source : this.#filteredSource(source);
  }

  /** @param {Source} source @param {string} type */
  #filtered(source, type) {
    return source.entries(type).filter((entry) => this.#passes(entry));
  }

  /**
   * An entry without any of the fields that match is not concerned: a host's name hides no model. If nothing on the
   * board matches, every entry with a key field is hidden.
   * @param {Entry} entry
   */
  #passes(entry) {
    const own = this.#fieldsOf(entry);
    return own.length === 0 || own.some((field) => this.#hasTerms(entry, field));
  }

  /** @param {Entry} entry @returns {string[]} the fields that the filter compares */
  #fieldsOf({ value }) {
    const fields = this.#matching.size > 0 ? [...this.#matching] : this.fields;
    return fields.filter((field) => Object.hasOwn(value ?? {}, field));
  }

  /** @param {Entry} entry @param {string} field */
  #hasTerms({ value }, field) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, field)) return false;
    const text = String(value[field]).toLowerCase();
    return this.#terms.every((term) => text.includes(term));
  }
}
