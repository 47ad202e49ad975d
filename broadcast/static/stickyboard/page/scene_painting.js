// @ts-check
/** Connects the scenes with the painter: what they ask for, where they are visible, and what happens if one fails. */

import { readComputedStyles, readSizes } from "./computed_style.js";

/**
 * @typedef {{views: SceneView[], painter: import("../painter.js").Painter, layout: import("./user_layout.js").UserLayout,
 *   announce: (sentence: string) => void, notify: (sentence: string) => void}} Parts
 */

/** Call it when the mirror has the state of the page. @param {Parts} parts */
export function registerScenes({ views, painter, layout, announce, notify }) {
  for (const view of views) {
    const names = view.scene.eventTypes.map(({ name }) => name);
    const { element } = view.frame;
    element.addEventListener("scene-repaint", () => painter.repaint(view.name));
    element.addEventListener("scene-repaint-now", () => painter.repaintNow(view.name));
    element.addEventListener("scene-announce", (event) => announce(/** @type {CustomEvent<string>} */ (event).detail));
    element.addEventListener("scene-notify", (event) => notify(/** @type {CustomEvent<string>} */ (event).detail));
    painter.register(view.name, names, () => view.paint());
    if (view.isEmpty) view.frame.show("empty");
    if (layout.isHidden(view.name)) painter.setVisible(view.name, false);
  }
}

/** @param {SceneView | undefined} view @returns {boolean} whether it is below the viewport */
export function isBelow(view) {
  const element = view?.frame.element;
  return element !== undefined && element.isConnected && element.getBoundingClientRect().top >= innerHeight;
}

/** Paint only scenes in the viewport; until the observer's first report, all count as visible. @param {Parts} parts */
export function watchVisibility({ views, painter, layout }) {
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const name = /** @type {HTMLElement} */ (target).dataset.scene ?? "";
      painter.setVisible(name, isIntersecting || (!target.isConnected && !layout.isHidden(name)));
    }
  });
  for (const { frame } of views) observer.observe(frame.element);
}

/** Paint every scene at once. A scene that throws has shown its error in an earlier paint. @param {SceneView[]} views */
export function paintNow(views) {
  readComputedStyles();
  readSizes();
  for (const view of views) {
    try {
      view.paint();
    } catch (error) {
      console.error(error);
    }
  }
}

/** Show a scene's error in its own frame. @param {SceneView} view @param {unknown} error @param {(sentence: string) => void} announce */
export function showFailure(view, error, announce) {
  view.frame.showError(String(error));
  announce(`${view.title} could not be drawn`);
  console.error(error);
}
