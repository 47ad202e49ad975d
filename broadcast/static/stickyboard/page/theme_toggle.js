// @ts-check
/** Switches between the dark and the light theme; theme.js applies the stored choice. */

import { iconOf } from "./icons.js";
import { saveSetting } from "./storage.js";

const LIGHT = "(prefers-color-scheme: light)";

/**
 * @param {string} current "dark" or "light"
 * @param {string} system "dark" or "light"
 * @returns {{theme: "dark" | "light", stored: string | null}} the other theme, and the choice to store: none if it is the
 *   system's theme
 */
export function otherTheme(current, system) {
  const theme = current === "dark" ? "light" : "dark";
  return { theme, stored: theme === system ? null : theme };
}

/** Apply and store the other theme. */
export function toggleTheme() {
  const root = document.documentElement;
  const next = otherTheme(root.dataset.theme ?? "dark", matchMedia(LIGHT).matches ? "light" : "dark");
  saveSetting("theme", next.stored);
  root.dataset.theme = next.theme;
}

/**
 * Update a button's icon and name, and call `onChange`, whenever the theme changes.
 * @param {HTMLElement} button
 * @param {() => void} onChange
 */
export function watchTheme(button, onChange) {
  const root = document.documentElement;
  const show = () => {
    const other = root.dataset.theme === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to the ${other} theme`);
    button.title = `Switch to the ${other} theme (T)`;
    button.replaceChildren(iconOf(other === "light" ? "sun" : "moon"));
  };
  new MutationObserver(() => {
    show();
    onChange();
  }).observe(root, { attributeFilter: ["data-theme"] });
  show();
}
