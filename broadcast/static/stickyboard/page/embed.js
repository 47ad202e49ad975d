// @ts-check
/**
 * Draws boards and scenes inside the pages of a project. The template tags `{% board %}` and `{% scene %}` write an
 * element for each view and the data next to it. All views of one board share one mirror and one socket.
 */

import { boardsOf } from "./embed_model.js";
import { showBoard } from "./embedded_board.js";
import { EmbeddedView } from "./embedded_view.js";
import { useColours } from "./palette.js";
import { loadAll, modules } from "./scene_loader.js";
import { modulesOf } from "./scenes.js";

const data = [...document.querySelectorAll("script[data-stickyboard]")].map(({ textContent }) => JSON.parse(textContent ?? ""));
const elements = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("div[data-stickyboard]")]);
const views = elements.map((element) => new EmbeddedView(element));
const boards = boardsOf(data, views);
const missing = modulesOf(boards.flatMap(({ scenes }) => scenes)).filter((name) => !modules.has(name));
await Promise.all([loadAll(missing), ...views.map((view) => view.isStyled)]);
useColours(Object.assign({}, ...boards.map(({ state }) => state.colours))); // names have one colour on the page
boards.forEach(showBoard);
