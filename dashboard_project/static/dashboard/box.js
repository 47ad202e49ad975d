// @ts-check
/** One scene's box: its heading, and one of body, empty text and error. */

import { make, setText } from "./dom.js";

export class Box {
  /**
   * @param {import("./scenes.js").Scene} scene
   */
  constructor({ name, number, title, module, eventTypes }) {
    this.element = make("section", "scene");
    this.element.dataset.scene = name;
    this.body = make("div", "scene-body");
    this.empty = make("div", "scene-empty");
    this.empty.append(make("p", "", module.empty.text), make("code", "command", commandOf(module.empty.example, eventTypes[0].name)));
    this.error = make("p", "scene-error");
    this.age = make("span", "scene-age");
    this.element.append(this.#heading(name, number, title), this.body, this.empty, this.error);
    this.#show(this.empty);
  }

  showBody() {
    this.#show(this.body);
  }

  showEmpty() {
    this.#show(this.empty);
  }

  /** @param {string} text */
  showError(text) {
    setText(this.error, text);
    this.#show(this.error);
  }

  /** @param {string} text how long ago the newest entry came */
  showAge(text) {
    setText(this.age, text);
  }

  /** @param {HTMLElement} part */
  #show(part) {
    for (const other of [this.body, this.empty, this.error]) other.hidden = other !== part;
  }

  /** @param {string} name @param {number | null} number @param {string} title */
  #heading(name, number, title) {
    const [head, heading] = [make("div", "scene-head"), make("h2", "scene-title")];
    heading.id = `scene-${name}`;
    this.element.setAttribute("aria-labelledby", heading.id);
    if (number !== null) heading.append(make("span", "scene-number", String(number)), " ");
    heading.append(title);
    head.append(heading, this.age);
    return head;
  }
}

/**
 * The one command that would fill a scene. Pure but for the page's own address.
 * @param {object} example
 * @param {string} eventType of the scene, where the example names none
 * @param {string} [origin]
 */
export function commandOf(example, eventType, origin = location.origin) {
  const event = JSON.stringify({ type: eventType, ...example }).replaceAll("'", "\\u0027");
  return `curl ${origin}/api/events -H "Authorization: Bearer $STICKYBOARD_TOKEN" -d '${event}'`;
}
