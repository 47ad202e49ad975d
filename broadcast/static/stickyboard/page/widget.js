// @ts-check
/**
 * The types of a widget. Its module is `widgets/<kind>.js`, and exports `widget(options)`, which returns a Widget.
 *
 * @typedef {object} Widget
 * @property {Empty} empty
 * @property {(view: View, context: Context) => any} model without side effects; called only if there are entries. It
 *   may have `alerts` (Alert[]), with which the page marks the scene, and `isEmpty`: it has nothing to draw
 * @property {(element: HTMLElement, model: any) => string | void} paint reads only the model. Returns a sentence about
 *   what it does not show (not_shown.js)
 * @property {(view: View, context: Context) => Table} [table] the whole state as text, shown instead of
 *   the chart and saved as CSV
 * @property {Option[]} [options] settings in the scene's menu; the choices are in `context.options`
 * @property {string} [failure] why the module could not be loaded; then nothing else of it is used
 *
 * @typedef {(options: any) => Widget} WidgetFactory `options` are the fields of the Python dataclass that are not None
 *
 * @typedef {import("./view.js").View} View
 * @typedef {import("./view.js").Context} Context
 * @typedef {import("../mirror.js").Entry} Entry
 * @typedef {import("./view.js").EventType} EventType
 * @typedef {{level: "warn" | "alert", text: string}} Alert such as "gpu-3 hot: 91 °C"
 * @typedef {{text: string}} Empty text of the empty state
 * @typedef {{columns: string[], rows: (string | number | boolean | null)[][], hidden?: string}} Table
 *   `hidden` is a sentence about what a bound left out
 * @typedef {{value: string, title: string}} Choice
 * @typedef {{name: string, title: string, choices: Choice[] | ((entries: Entry[]) => Choice[])}} Option the first
 *   choice is the default; if the choices depend on the entries, it is "", also without entries
 */

export {};
