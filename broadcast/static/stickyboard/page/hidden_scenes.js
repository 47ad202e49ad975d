// @ts-check
/** The button in the bar that lists hidden scenes, and its menu. */

import { make, setAttribute, setText } from "./dom.js";
import { plural } from "./format.js";
import { iconOf } from "./icons.js";
import { place } from "./menu.js";

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} menu a popover
 * @param {import("./user_layout.js").UserLayout} layout
 * @param {(sentence: string) => void} notify
 * @returns {() => void} displays the current number
 */
export function watchHiddenScenes(button, menu, layout, notify) {
  /** @param {import("./icons.js").IconName} icon @param {string} text @param {() => string} run @param {() => HTMLElement | undefined} next */
  const item = (icon, text, run, next) => {
    const element = make("button", "menu-item");
    element.append(iconOf(icon), text);
    element.addEventListener("click", () => {
      menu.hidePopover();
      notify(run());
      next()?.focus();
    });
    return element;
  };
  button.popoverTargetElement = menu;
  button.addEventListener("click", () => {
    const shows = layout.hidden.map((view) => item("show", `Show ${view.title}`, () => layout.hide(view, false), () => view.frame.menuButton));
    menu.replaceChildren(...shows, item("reset", "Reset layout", () => layout.reset(), () => layout.visible()[0]?.frame.menuButton));
    place(menu, button);
  });
  const show = () => {
    const count = layout.hidden.length;
    button.hidden = count === 0;
    setText(button, `${count} hidden`);
    setAttribute(button, "title", plural(count, "hidden scene"));
  };
  show();
  return show;
}
