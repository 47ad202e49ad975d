// @ts-check
/** The frame of a scene: its heading, and one of chart, table, empty state and error. */

import { markOf } from "./alerts.js";
import { commandOf, docsUrl } from "./curl_command.js";
import { make, makeRow, notify, once, setAttribute, setText } from "./dom.js";
import { numberText } from "./format.js";
import { iconOf } from "./icons.js";

/** @typedef {"body" | "table" | "empty" | "filtered" | "error"} Part */

export class SceneFrame {
  /** @type {Part | null} */
  #visible = null;
  #buildEmpty;

  /** @param {import("./scenes.js").Scene} scene */
  constructor({ name, number, title, size, module, eventTypes }) {
    this.built = makeRow("section.scene", {
      panel: "div.scene-panel",
      head: "panel > div.scene-head",
      number: "head > span.scene-number",
      heading: "head > h2.scene-title",
      alerts: "head > span.scene-alerts",
      age: "head > span.scene-age",
      slowness: "panel > p.scene-slowness",
      body: "panel > div.scene-body[hidden]",
      table: "panel > div.scene-body.scene-table[hidden]",
      empty: "panel > div.scene-empty[hidden]",
      filtered: "panel > div.scene-empty[hidden]",
      filteredTitle: "filtered > p.scene-empty-title No entry matches the filter.",
      error: "panel > div.scene-error[hidden]",
      errorTitle: "error > p.scene-error-title",
      errorText: "error > code.scene-error-text",
      errorHint: "error > p.muted",
    });
    const { element, head, heading, body, table, empty, filtered, error } = this.built;
    this.element = element;
    this.parts = { body, table, empty, filtered, error };
    this.menuButton = buildButton("menu", `Menu of ${title}`);
    this.menuButton.setAttribute("aria-haspopup", "dialog");
    head.append(this.menuButton);
    Object.assign(element.dataset, { scene: name, size });
    heading.id = `scene-${name}`;
    element.setAttribute("aria-labelledby", heading.id);
    setText(heading, title);
    if (number === null) this.built.number.remove();
    else setText(this.built.number, String(number));
    setText(this.built.errorTitle, `${title} could not be drawn`);
    // Most scenes never need it, and its layout would delay the first paint.
    this.#buildEmpty = (/** @type {HTMLElement} */ element) => buildEmpty(element, module.empty, eventTypes);
  }

  /** @param {Part} name */
  show(name) {
    if (name === this.#visible) return;
    this.#visible = name;
    if (name === "empty") once(this.parts.empty, this.#buildEmpty);
    setAttribute(this.element, "data-shown", name);
    for (const [each, part] of Object.entries(this.parts)) part.hidden = each !== name;
  }

  /** The visible part. */
  get part() {
    return this.parts[this.#visible ?? "empty"];
  }

  /** @param {string} text the error @param {string} hint */
  showError(text, hint = "The other scenes are not affected. This one is drawn again at its next change.") {
    setText(this.built.errorText, text);
    setText(this.built.errorHint, hint);
    this.show("error");
  }

  /** @param {number} tookMs @param {number} restMs 0 if the paint was fast enough */
  showSlowness(tookMs, restMs) {
    setText(this.built.slowness, restMs === 0 ? "" : slownessText(tookMs, restMs));
  }

  /** @param {import("./ages.js").Age} age */
  showAge({ text, isStale, title, came }) {
    setText(this.built.age, text);
    setAttribute(this.built.age, "title", title);
    setAttribute(this.built.age, "data-came", came);
    this.element.classList.toggle("is-stale", isStale);
  }

  /** @param {Alert[]} alerts alerts before warnings */
  showAlerts(alerts) {
    setText(this.built.alerts, markOf(alerts));
    setAttribute(this.built.alerts, "title", alerts.map(({ text }) => text).join("\n"));
    setAttribute(this.element, "data-alert", alerts[0]?.level ?? "");
  }

  /** The parts that may overflow. A legend of buttons scrolls with the focus. */
  get scrolling() {
    return [this.parts.body, this.parts.error, ...this.element.querySelectorAll(".legend:not(:has(button))")];
  }

}

/** @param {number} tookMs @param {number} restMs */
function slownessText(tookMs, restMs) {
  const [tookS, restS] = [tookMs, restMs].map((ms) => numberText(ms / 1000));
  return `Drawing this scene took ${tookS} s. It is drawn again in ${restS} s at the earliest.`;
}

/** Let the keyboard scroll overflowing parts. All are measured before the first write, so that there is one layout. @param {SceneFrame[]} frames */
export function letKeysScroll(frames) {
  const found = frames.flatMap(({ scrolling }) => scrolling).map((element) => ({ element, isScrolled: scrolls(element) }));
  for (const { element, isScrolled } of found) {
    if (isScrolled) setAttribute(element, "tabindex", "0");
    else element.removeAttribute("tabindex");
  }
}

/** @param {Element} element */
function scrolls({ scrollHeight, clientHeight, scrollWidth, clientWidth }) {
  return scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1;
}

/** @param {import("./icons.js").IconName} icon @param {string} label @returns {HTMLButtonElement} */
export function buildButton(icon, label) {
  const { button } = makeRow("div", { button: "button.icon-button[type=button]" });
  setAttribute(button, "title", label);
  setAttribute(button, "aria-label", label);
  button.append(iconOf(icon));
  return button;
}

/** @param {HTMLElement} element @param {import("./widget.js").Empty} empty @param {EventType[]} eventTypes */
function buildEmpty(element, empty, eventTypes) {
  const awaited = make("p", "muted");
  const names = eventTypes.map(({ name }) => name);
  awaited.append("Waiting for events of type ", ...names.slice(0, 2).flatMap((each, index) => [index ? ", " : "", linkTo(each)]));
  if (names.length > 2) awaited.append(` and ${names.length - 2} more`);
  element.append(make("p", "scene-empty-title", empty.text), awaited);
  const example = eventTypes.map((each) => each.example).find(Boolean);
  awaited.append(example ? ". To send one:" : ".");
  if (example) element.append(buildCommand(commandOf(example)));
}

/** @param {string} text */
function buildCommand(text) {
  const { element: row, code } = makeRow("div.command", {
    code: "code.command-text[tabindex=0][role=textbox][aria-readonly=true][aria-label=Command that sends the first event]",
  });
  // Otherwise a line could end between "-" and "d".
  code.append(...text.split(" ").flatMap((word, index) => [index > 0 ? " " : "", make("span", word.startsWith("-") ? "command-option" : "", word)]));
  // Browsers offer no clipboard to a page that was loaded over plain HTTP from another machine.
  if (navigator.clipboard) row.append(buildCopyButton(text));
  return row;
}

/** @param {string} eventType @returns {HTMLElement} its name, linked to its documentation */
function linkTo(eventType) {
  if (!docsUrl(eventType)) return make("code", "", eventType);
  const link = /** @type {HTMLAnchorElement} */ (make("a"));
  link.href = docsUrl(eventType);
  link.append(make("code", "", eventType));
  return link;
}

/** @param {string} text */
function buildCopyButton(text) {
  const button = buildButton("copy", "Copy the command");
  button.addEventListener("click", () =>
    navigator.clipboard.writeText(text).then(
      () => notify(button, "Copied the command"),
      (error) => notify(button, `Could not copy the command: ${error.message}`),
    ),
  );
  return button;
}
