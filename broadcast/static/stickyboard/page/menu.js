// @ts-check
/** The menu of a scene, in the top layer, next to the button that opened it. */

import { docsUrl } from "./curl_command.js";
import { csvOf } from "./csv.js";
import { activeElementOf, make, makeRow } from "./dom.js";
import { pngOf } from "./dom_to_png.js";
import { fileNameOf, saveAs } from "./save_file.js";
import { iconOf } from "./icons.js";
import { errorText } from "./safe_text.js";
import { SIZES, isMovable } from "./scene_order.js";

/** @type {[1 | -1, import("./icons.js").IconName, string][]} */
const MOVES = [[-1, "left", "Move left"], [1, "right", "Move right"]];
const GAP_PX = 4;
const EDGE_PX = 8;

/**
 * @typedef {object} Actions
 * @property {(sentence: string) => void} announce
 * @property {(view: SceneView) => void} repaint
 * @property {BoardActions} [page] what only the board's own page offers
 * @property {(sentence: string) => void} notify
 * @property {string} board
 *
 * @typedef {object} BoardActions
 * @property {(view: SceneView) => void} showLarge
 * @property {(view: SceneView) => boolean} isLarge
 * @property {import("./user_layout.js").UserLayout} layout
 * @property {() => HTMLElement} hiddenButton
 * @property {(view: SceneView) => string} linkOf
 */

export class Menu {
  /** @type {SceneView | null} */
  #view = null;
  #element;
  #actions;

  /** @param {HTMLElement} element a popover @param {Actions} actions */
  constructor(element, actions) {
    this.#element = element;
    this.#actions = actions;
    element.addEventListener("toggle", (event) => {
      const isOpen = /** @type {ToggleEvent} */ (event).newState === "open";
      this.#view?.frame.menuButton.setAttribute("aria-expanded", String(isOpen));
    });
    element.addEventListener("keydown", (event) => this.#move(event));
    addEventListener("resize", () => this.close());
  }

  /** @returns {boolean} whether it was open */
  close() {
    const wasOpen = this.#element.matches(":popover-open");
    if (wasOpen) this.#element.hidePopover();
    return wasOpen;
  }

  /** Let a scene's button open this menu. @param {SceneView} view */
  attach(view) {
    const button = view.frame.menuButton;
    button.popoverTargetElement = this.#element;
    button.setAttribute("aria-expanded", "false");
    // The popover opens after the listeners of the click have run.
    button.addEventListener("click", () => this.#fill(view));
    button.addEventListener("keydown", (event) => {
      if (this.#view === view && this.#element.matches(":popover-open")) this.#move(event);
    });
  }

  /** @param {SceneView} view */
  #fill(view) {
    this.#view?.frame.menuButton.setAttribute("aria-expanded", "false");
    this.#view = view;
    this.#element.setAttribute("aria-label", `Menu of ${view.title}`);
    this.#element.replaceChildren(...this.#itemsOf(view), ...this.#choicesOf(view), ...this.#layoutOf(view));
    place(this.#element, view.frame.menuButton);
  }

  /** @param {SceneView} view @returns {HTMLElement[]} */
  #itemsOf(view) {
    const { page, notify } = this.#actions;
    const isLarge = page?.isLarge(view);
    const items = page ? [this.#item(isLarge ? "small" : "large", isLarge ? "Show all scenes" : "Show only this scene", () => page.showLarge(view))] : [];
    if (view.hasTable) items.push(this.#tableItem(view));
    items.push(this.#item("save", "Save as PNG", async () => this.#save(view, await pngOf(view.frame.part, view.title), "png")));
    if (view.hasTable) items.push(this.#item("save", "Save as CSV", () => this.#save(view, new Blob([csvOf(view.table())], { type: "text/csv;charset=utf-8" }), "csv")));
    if (page && navigator.clipboard) {
      items.push(
        this.#item("link", "Copy link", async () => {
          await navigator.clipboard.writeText(page.linkOf(view));
          notify(`Copied the link to ${view.title}`);
        }),
      );
    }
    return docsUrl("") ? [...items, docsItem(view)] : items;
  }

  /** @param {SceneView} view @returns {HTMLElement[]} what changes the layout; none for one scene alone */
  #layoutOf(view) {
    const { page, announce, notify } = this.#actions;
    if (!page || page.isLarge(view)) return [];
    const { layout, hiddenButton } = page;
    const group = make("fieldset", "menu-choices");
    group.append(make("legend", "", "Layout"));
    const act = (/** @type {string} */ sentence) => {
      announce(sentence);
      view.frame.menuButton.focus(); // moving an element in the page takes its focus
    };
    if (isMovable(view.scene)) group.append(this.#sizesOf(view, layout, act));
    for (const [by, icon, text] of MOVES) {
      const target = layout.neighbour(view, by);
      if (target) group.append(this.#item(icon, text, () => act(layout.move(view, target))));
    }
    group.append(this.#item("hide", "Hide", () => {
      notify(layout.hide(view, true));
      hiddenButton().focus();
    }));
    if (layout.text) group.append(this.#item("reset", "Reset layout", () => act(layout.reset())));
    return [group];
  }

  /** @param {SceneView} view @param {import("./user_layout.js").UserLayout} layout @param {(sentence: string) => void} act */
  #sizesOf(view, layout, act) {
    const row = make("div", "menu-sizes");
    for (const size of SIZES) {
      const button = this.#item(size, size[0].toUpperCase() + size.slice(1), () => act(layout.resize(view, size)));
      button.setAttribute("aria-pressed", String(view.size === size));
      row.append(button);
    }
    return row;
  }

  /** @param {SceneView} view */
  #tableItem(view) {
    return this.#item(view.isTable ? "picture" : "table", view.isTable ? "Show as chart" : "Show as table", () => {
      view.toggleTable();
      this.#actions.repaint(view);
    });
  }

  /** @param {SceneView} view @param {Blob} blob @param {string} extension */
  #save(view, blob, extension) {
    const name = fileNameOf([this.#actions.board, view.name], new Date(), extension);
    saveAs(blob, name);
    this.#actions.notify(`Saved ${name}`);
  }

  /** @param {import("./icons.js").IconName} icon @param {string} text @param {() => void | Promise<void>} run */
  #item(icon, text, run) {
    const button = make("button", "menu-item");
    button.append(iconOf(icon), text);
    button.addEventListener("click", () => {
      this.#element.hidePopover();
      (async () => run())().catch((error) => this.#actions.notify(`${text} failed: ${errorText(error instanceof Error ? error.message : error)}`));
    });
    return button;
  }

  /** @param {SceneView} view @returns {HTMLElement[]} the scene's options */
  #choicesOf(view) {
    return view.choices.map(({ name, title, choices }) => {
      const group = make("fieldset", "menu-choices");
      group.append(make("legend", "", title));
      for (const { value, title: choice } of choices) group.append(this.#choice(view, name, value, choice));
      return group;
    });
  }

  /** @param {SceneView} view @param {string} option @param {string} value @param {string} title */
  #choice(view, option, value, title) {
    const { element: label, input } = makeRow("label.menu-item", { input: "input[type=radio]" });
    Object.assign(input, { name: `${view.name}.${option}`, value, checked: view.options[option] === value });
    input.addEventListener("change", () => {
      view.choose(option, value);
      this.#actions.repaint(view);
    });
    label.append(title);
    return label;
  }

  /** Move the focus with the arrow keys. @param {KeyboardEvent} event */
  #move(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [.../** @type {NodeListOf<HTMLElement>} */ (this.#element.querySelectorAll("button, a"))];
    const focused = activeElementOf(this.#element);
    const at = items.indexOf(/** @type {HTMLElement} */ (focused));
    if (by === undefined || focused instanceof HTMLInputElement) return;
    event.preventDefault();
    const from = at < 0 && by < 0 ? 0 : at; // from the button, down leads to the first item and up to the last
    items[(from + by + items.length) % items.length].focus();
  }
}

/** @param {SceneView} view @returns {HTMLElement} a link to the documentation of the scene's events */
function docsItem({ scene }) {
  const link = /** @type {HTMLAnchorElement} */ (make("a", "menu-item"));
  link.href = docsUrl(scene.eventTypes[0].name);
  link.append(iconOf("help"), "Event format");
  return link;
}

/** Place a menu below or above its button, where there is more room. @param {HTMLElement} element @param {HTMLElement} button */
export function place(element, button) {
  const { right, bottom, top } = button.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const below = clientHeight - bottom;
  const isAbove = below < clientHeight * 0.4 && top > below;
  Object.assign(element.style, {
    insetInlineEnd: `${Math.max(EDGE_PX, clientWidth - right)}px`,
    insetBlockStart: isAbove ? "auto" : `${bottom + GAP_PX}px`,
    insetBlockEnd: isAbove ? `${clientHeight - top + GAP_PX}px` : "auto",
    maxBlockSize: `${(isAbove ? top : below) - GAP_PX - EDGE_PX}px`,
    maxInlineSize: `${Math.min(right, clientWidth - EDGE_PX) - EDGE_PX}px`,
  });
}
