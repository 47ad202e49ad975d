// @ts-check
/** A module of your own. It is loaded apart from the page's, so that a missing, slow or faulty one affects only its scene. */

import { make, requestPaintOffScreen } from "../dom.js";
import { loadAll, widgetOf } from "../scene_loader.js";
import { fieldText } from "../template.js";
import { shortText } from "../safe_text.js";
import { entriesOf } from "../view.js";

/**
 * @param {{module: string, settings: object}} options `module` is its name among the static files
 * @param {(url: string) => Promise<any>} [load]
 * @returns {Widget} that of the module, once it is loaded
 */
export function widget({ module, settings }, load) {
  /** @type {Widget | null} */
  let own = null;
  /** What is shown until then, by scene. @type {Map<HTMLElement, HTMLElement>} */
  const waiting = new Map();
  loadAll([module], load).then(() => {
    own = widgetOf({ module, options: settings });
    // Off-screen too: nothing else would paint it until it is in view, and the note would be seen then, and in a picture of the page.
    for (const element of waiting.keys()) requestPaintOffScreen(element);
  });
  return {
    get empty() {
      return own?.empty ?? { text: "No events yet." };
    },
    get failure() {
      return own?.failure;
    },
    get options() {
      return own?.options;
    },
    model: (view, context) => atOnce("model", own?.model(view, context)),
    paint(element, model) {
      if (own === null) return wait(waiting, element);
      waiting.get(element)?.remove();
      waiting.delete(element);
      const hidden = /** @type {unknown} */ (atOnce("paint", own.paint(element, model)));
      return typeof hidden === "string" ? shortText(hidden) : undefined;
    },
    table: (view, context) => own?.table ? tableOf(own.table(view, context)) : { columns: ["key", "value"], rows: entriesOf(view, context).map(({ key, value }) => [key, fieldText(value)]) },
  };
}

/** @template Result @param {string} name of a function @param {Result} result */
function atOnce(name, result) {
  if (typeof (/** @type {any} */ (result)?.then) === "function") throw new Error(`${name} returned a promise; expected the result itself. Load what it needs before, and call requestPaint(element) then.`);
  return result;
}

/** @param {any} table @returns {Table} */
function tableOf(table) {
  if (Array.isArray(table?.columns) && Array.isArray(table.rows) && table.rows.every(Array.isArray)) return table;
  throw new Error("table returned no { columns: [title, …], rows: [[cell, …], …] }");
}

/** @param {Map<HTMLElement, HTMLElement>} waiting @param {HTMLElement} element */
function wait(waiting, element) {
  if (waiting.has(element)) return;
  const note = make("p", "muted", "Loading this scene's module");
  waiting.set(element, note);
  element.append(note);
}
