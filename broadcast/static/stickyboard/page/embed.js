// @ts-check
/**
 * Draws boards and scenes inside the pages of a project. The template tags `{% board %}` and `{% scene %}` write an
 * element for each view and the data next to it. All views of one board share one mirror and one socket.
 */

import { Arrangement } from "./arrange.js";
import { nowMs } from "./browser.js";
import { boardsOf } from "./embed_model.js";
import { EmbeddedView } from "./embedded_view.js";
import { Filter } from "./filter.js";
import { LiveBoard } from "./live_board.js";
import { useColours } from "./palette.js";
import { loadAll, modules } from "./scene_loader.js";
import { SceneView } from "./scene_view.js";
import { eventTypesOf, modulesOf, scenesOf } from "./scenes.js";

const data = [...document.querySelectorAll("script[data-stickyboard]")].map(({ textContent }) => JSON.parse(textContent ?? ""));
const elements = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("div[data-stickyboard]")]);
const views = elements.map((element) => new EmbeddedView(element));
const boards = boardsOf(data, views);
const missing = modulesOf(boards.flatMap(({ scenes }) => scenes)).filter((name) => !modules.has(name));
await Promise.all([loadAll(missing), ...views.map((view) => view.isStyled)]);
useColours(Object.assign({}, ...boards.map(({ state }) => state.colours))); // names have one colour on the page
boards.forEach(showBoard);

/** Draw the views of one board: its scenes in each, their menus, and the state of the connection. @param {import("./embed_model.js").Board} board */
function showBoard({ state, updates, scenes, views: places }) {
  const eventTypes = eventTypesOf(state);
  const filter = new Filter([]); // none
  let enteredMs = 0;
  const showConnection = () => places.forEach((place) => place.showConnection(live.connection.state, nowMs() - enteredMs));
  const live = new LiveBoard(state, {
    arrange: () => placed.forEach(({ arrangement }) => arrangement.update(null)),
    showAges: () => placed.forEach(({ views }) => views.forEach((view) => view.showAge(live.clock.nowS()))),
    onTick: showConnection,
    onState: () => {
      enteredMs = nowMs();
      showConnection();
    },
    onError: console.error,
  });
  const placed = places.map((place, index) => {
    const shown = scenesOf(scenes.filter(({ name }) => place.shows(name)), eventTypes);
    const views = shown.map((scene) => new SceneView(scene, () => live.mirror, () => live.clock.nowS(), filter));
    for (const view of views) {
      const key = `${index}:${view.name}`;
      live.add(key, view, place.announce);
      place.addMenu(view, () => live.painter.repaintNow(key));
    }
    new MutationObserver(() => live.painter.repaintAll()).observe(place.parts.root, { attributeFilter: ["data-theme"] });
    return { views, arrangement: new Arrangement(() => views, place.parts, place.scene === "" ? (state.empty ?? null) : null) };
  });
  live.start(updates);
}
