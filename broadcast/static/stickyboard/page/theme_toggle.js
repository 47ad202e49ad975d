// @ts-check
/** The choice between dark and light; theme.js applies what is remembered. */

import { iconOf } from "./icons.js";
import { remember } from "./storage.js";

const LIGHT = "(prefers-color-scheme: light)";

/**
 * What is to be remembered after a press: nothing where the other theme is the system's own.
 * @param {string} shown "dark" or "light"
 * @param {string} system "dark" or "light"
 * @returns {{theme: "dark" | "light", remembered: string | null}}
 */
export function otherTheme(shown, system) {
  const theme = shown === "dark" ? "light" : "dark";
  return { theme, remembered: theme === system ? null : theme };
}

/** Show the other theme, and remember it. */
export function toggleTheme() {
  const root = document.documentElement;
  const next = otherTheme(root.dataset.theme ?? "dark", matchMedia(LIGHT).matches ? "light" : "dark");
  remember("theme", next.remembered);
  root.dataset.theme = next.theme;
}

/**
 * Keep a button's sign and name true, and tell when the theme changes, whoever changed it.
 * @param {HTMLElement} button
 * @param {() => void} onChange
 */
export function watchTheme(button, onChange) {
  const root = document.documentElement;
  const show = () => {
    const other = root.dataset.theme === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to ${other} colours`);
    button.title = `Switch to ${other} colours (T)`;
    button.replaceChildren(iconOf(other === "light" ? "sun" : "moon"));
  };
  new MutationObserver(() => {
    show();
    onChange();
  }).observe(root, { attributeFilter: ["data-theme"] });
  show();
}
