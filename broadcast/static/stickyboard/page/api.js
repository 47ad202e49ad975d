// @ts-check
/// <reference path="./types.d.ts" />
/**
 * What modules of your own may import, as `from "stickyboard"`: docs/reference/custom_widgets.md describes it.
 *
 * @typedef {import("./widget.js").Widget} Widget
 * @typedef {import("./widget.js").View} View
 * @typedef {import("./widget.js").Context} Context
 * @typedef {import("./widget.js").Entry} Entry
 * @typedef {import("./widget.js").Table} Table
 * @typedef {import("./widget.js").Option} Option
 * @typedef {import("./widget.js").Alert} Alert
 * @typedef {import("./canvas.js").Figure} Figure
 * @typedef {import("./canvas.js").Surface} Surface
 * @typedef {import("./legend.js").LegendItem} LegendItem
 * @typedef {import("./palette.js").Series} Series
 * @typedef {import("./thresholds.js").Threshold} Threshold
 * @typedef {import("./tooltip.js").Tooltip} Tooltip
 */

export { buildFigure, clearCanvas, describe, drawText } from "./canvas.js";
export { computedStyleOf, propertyOf, visibleRowsIn, watchSize } from "./computed_style.js";
export { announce, make, notify, once, paintRows, requestPaint, requestPaintNow, setAttribute, setName, setStyle, setText } from "./dom.js";
export { nameAt, numberAt, valueAt } from "./fields.js";
export { byName, countText, formatted, numberText, percentText, plural } from "./format.js";
export { hiddenText, partOf } from "./not_shown.js";
export { Hidden, paintChoices, paintLegend, symbolOf } from "./legend.js";
export { seriesOf, seriesProperty } from "./palette.js";
export { isolated, nameText } from "./safe_text.js";
export { passed } from "./thresholds.js";
export { clockText } from "./times.js";
export { paintTooltip, tooltipText } from "./tooltip.js";
export { entriesOf, groupBy, valuesOf } from "./view.js";
