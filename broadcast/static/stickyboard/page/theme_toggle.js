// @ts-check
/** Switches between the dark and the light theme; theme.js applies the stored choice. */

import { iconOf } from "./icons.js";
import { saveSetting } from "./storage.js";

/** Apply the other theme, and store it unless it is the system's. */
export function toggleTheme() {
  const root = document.documentElement;
  const theme = root.dataset.theme === "dark" ? "light" : "dark";
  const systems = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  saveSetting("theme", theme === systems ? null : theme);
  root.dataset.theme = theme;
}

/**
 * Update a button's icon and name, and call `onChange`, whenever the theme changes.
 * @param {HTMLElement} button
 * @param {() => void} onChange
 * @param {string} [shortcut] "" on a page without one
 */
export function watchTheme(button, onChange, shortcut = " (T)") {
  const root = document.documentElement;
  const show = () => {
    const other = root.dataset.theme === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
    button.title = `Switch to the ${other} theme${shortcut}`;
    button.replaceChildren(iconOf(other === "light" ? "sun" : "moon"));
  };
  new MutationObserver(() => {
    show();
    onChange();
  }).observe(root, { attributeFilter: ["data-theme"] });
  show();
}
