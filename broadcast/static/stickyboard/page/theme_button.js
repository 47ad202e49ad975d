// @ts-check
/** The switch of the theme on a page without a board. */

import { byId } from "./dom.js";
import { toggleTheme, watchTheme } from "./theme_toggle.js";

const button = byId("theme");
button.addEventListener("click", toggleTheme);
watchTheme(button, () => {}, "");
