// @ts-check
/** Curves over x. */

import { paintChart } from "../chart.js";
import { TIME, readCurves } from "../curves.js";
import { byName } from "../format.js";
import { cachedModels } from "../model_cache.js";
import { LinesModel, titleOf } from "../lines_model.js";
import { stampText } from "../times.js";
import { entriesOf } from "../view.js";

/** @typedef {import("../lines_model.js").Options} Options */

const WEIGHTS = [0, 0.6, 0.9, 0.99];

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No points yet." },
    model: cachedModels(() => {
      const model = new LinesModel(options);
      return (entries, context) => model.read(entries, chosen(options, context));
    }),
    paint: paintChart,
    table: (view, context) => tableOf(view, context, options),
    options: choicesOf(options),
  };
}

/** @param {Options} options @returns {Option[]} */
function choicesOf({ smooth = 0, y_scale = "linear" }) {
  const weights = [smooth, ...WEIGHTS.filter((weight) => weight !== smooth)];
  const scales = y_scale === "log" ? ["log", "linear"] : ["linear", "log"];
  return [
    { name: "order", title: "Legend", choices: [{ value: "name", title: "By name" }, { value: "value", title: "By last value" }] },
    { name: "smooth", title: "Smoothing", choices: weights.map((weight) => ({ value: String(weight), title: weight === 0 ? "None" : String(weight) })) },
    { name: "scale", title: "Vertical scale", choices: scales.map((scale) => ({ value: scale, title: scale === "log" ? "Logarithmic" : "Linear" })) },
  ];
}

/** @param {Options} options @param {Context} context @returns {import("../lines_model.js").Chosen} with the user's choices */
function chosen(options, { options: choices = {}, isTile = false }) {
  const { smooth = options.smooth, scale = options.y_scale, order } = choices;
  return { ...options, smooth: Number(smooth ?? 0), y_scale: scale === "log" ? "log" : "linear", isByValue: order === "value", isTile };
}

/** @param {View} view @param {Context} context @param {Options} options @returns {Table} every point of every curve */
function tableOf(view, context, options) {
  const entries = entriesOf(view, context);
  const { panels } = readCurves(entries, options);
  const isSplit = options.split !== undefined;
  const isTime = (options.x ?? TIME) === TIME;
  const [x, y] = [titleOf(entries, options.x_title, options.x_title_field), titleOf(entries, options.y_title, options.y_title_field)];
  const rows = [...panels].sort(([a], [b]) => byName(a, b)).flatMap(([panel, curves]) => {
    const sorted = [...curves.values()].sort((a, b) => byName(a.name, b.name));
    return sorted.flatMap(({ name, x, y, isWhole }) => Array.from(x, (at, index) => [...(isSplit ? [panel] : []), name, isTime && !isWhole ? stampText(at) : at, Number.isNaN(y[index]) ? null : y[index]]));
  });
  return { columns: [...(isSplit ? ["chart"] : []), "curve", x || (isTime ? "time" : "x"), y || "y"], rows };
}
