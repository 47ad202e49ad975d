// @ts-check
/** The views of one board inside a page: which scenes each shows, its menu, and the state of the connection. */

import { Arrangement } from "./arrange.js";
import { eventTypesOf } from "./board_state.js";
import { nowMs } from "./browser.js";
import { Filter } from "./filter.js";
import { LiveBoard } from "./live_board.js";
import { SceneView } from "./scene_view.js";
import { scenesOf } from "./scenes.js";

/** @param {import("./embed_model.js").Board} board */
export function showBoard({ state, updates, scenes, views: places }) {
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
