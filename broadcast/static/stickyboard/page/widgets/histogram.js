// @ts-check
/** Distributions: one over another, or one behind the other over steps. */

import { axisOf, extentOf, valueOf } from "../axis.js";
import { paintChart } from "../chart.js";
import { indexOf } from "../columns.js";
import { labelOf } from "../curves.js";
import { lastPart, valueAt } from "../fields.js";
import { countText, plural, preciseText } from "../format.js";
import { hiddenText, namesText, partOf } from "../not_shown.js";
import { cachedModel } from "../model_cache.js";
import { symbolOf } from "../legend.js";
import { seriesOf } from "../palette.js";
import { hasHistory } from "../named_entries.js";
import { evenly } from "../ticks.js";
import { entriesOf } from "../view.js";

/**
 * @typedef {{counts?: string, bins?: string, values?: string, series?: string, over?: string, max_bins?: number}} Options
 * @typedef {{series: string, step: number | null, edges: number[], counts: number[]}} Bins one more edge than counts
 * @typedef {import("../plot_traces.js").Line} Line
 */

const MAX_RIDGES = 40;

/** @param {Options} options @returns {Widget} */
export function widget(options) {
  return {
    empty: { text: "No distributions yet." },
    model: cachedModel((entries, context) => modelOf(entries, context, options)),
    paint: paintChart,
    table: (view, context) => tableOf(view, context, options),
  };
}

/** @param {Entry[]} entries @param {Context} context @param {Options} options @returns {import("../chart.js").Model} */
function modelOf(entries, context, options) {
  const { bins, unread } = binsOf(entries, options, context);
  const names = [...seriesOf(bins.map(({ series }) => series))].map(([name, { colour, mark }]) => ({ name, colour, mark, symbol: symbolOf(mark) }));
  const bySeries = names.map(({ name, colour, mark }) => bins.filter((each) => each.series === name).map((each) => ({ ...each, colour, mark })));
  const isRidged = options.over !== undefined;
  const shown = isRidged ? bySeries.map((all) => evenly(all, MAX_RIDGES)) : bySeries;
  const most = Math.max(0, ...shown.map(({ length }) => length));
  const xs = extentOf(bins.map(({ edges }) => [edges[0], edges[edges.length - 1]]));
  return {
    panels: isRidged ? shown.map((ridges, index) => ({ title: names[index].name, lines: ridgesOf(ridges) })) : [{ title: "", lines: shown.flat().map(outlineOf) }],
    names,
    x: { kind: "linear", extent: xs, title: lastPart(options.values ?? options.bins ?? "") },
    y: { kind: "linear", isShared: true, title: isRidged ? lastPart(options.over ?? "") : "count", range: isRidged ? { low: 0, high: most - 1 + overlapOf(most) } : null, ticks: isRidged ? stepTicks(shown.find(({ length }) => length === most) ?? []) : undefined },
    thresholds: [], isStepped: true, isOpaque: isRidged, isTile: context.isTile ?? false,
    sentence: `${plural(bins.length, "distribution")}: ${namesText(names.map(({ name }) => name))}`,
    notes: [
      hiddenText([partOf(most, Math.max(0, ...bySeries.map(({ length }) => length)), "step")], "The table has all."),
      unread ? `${plural(unread, "event")} without ascending bins.` : "",
    ].filter(Boolean),
  };
}

/** @param {Bins & {colour: number, mark: number}} bins @returns {Line} */
function outlineOf({ series, edges, counts, colour, mark }) {
  return { name: series, colour, mark, dash: [], x: edges, y: [...counts, 0], base: 0 };
}

/** @param {(Bins & {colour: number, mark: number})[]} all by step @returns {Line[]} the first step at the back */
function ridgesOf(all) {
  const highest = Math.max(Number.MIN_VALUE, ...all.flatMap(({ counts }) => counts));
  return all.map(({ series, step, edges, counts, colour, mark }, index) => {
    const base = all.length - 1 - index;
    const y = [...counts.map((count) => base + (count / highest) * overlapOf(all.length)), base];
    return { name: series, label: preciseText(Number(step)), colour, mark, dash: [], x: edges, y, read: [...counts, 0], base };
  });
}

/** @param {Bins[]} all by step @returns {{at: number, text: string}[]} */
function stepTicks(all) {
  return all.map(({ step }, index) => ({ at: all.length - 1 - index, text: countText(Number(step)) }));
}

/** @param {number} count of ridges @returns {number} the rows that the highest ridge covers */
function overlapOf(count) {
  return Math.max(1, count / 5);
}

/** @param {Entry[]} entries @param {Options} options @param {Context} context @returns {{bins: Bins[], unread: number}} the newest of each series and step, by step */
export function binsOf(entries, options, { eventTypes: [eventType] }) {
  /** @type {Map<string, Omit<Bins, "edges" | "counts"> & {value: any}>} */
  const newest = new Map();
  const isByLane = options.over !== undefined || hasHistory(eventType);
  for (const { key, lane, value } of entries) {
    const series = options.series ? labelOf(valueAt(value, options.series)) : (isByLane ? lane : key) || nameOf(options);
    const step = options.over ? valueAt(value, options.over) : null;
    if (step === null || Number.isFinite(step)) newest.set(JSON.stringify([series, step]), { series, step, value });
  }
  const all = [...newest.values()].sort((a, b) => Number(a.step) - Number(b.step));
  const edges = options.values ? sharedEdges(all.map(({ value }) => numbersIn(value, options.values)), options.max_bins ?? 30) : [];
  const bins = all.flatMap(({ series, step, value }) => {
    const read = options.values ? { edges, counts: counted(numbersIn(value, options.values), edges) } : given(value, options);
    return read ? [{ series, step, ...read }] : [];
  });
  return { bins, unread: all.length - bins.length };
}

/** @param {any} value @param {Options} options @returns {{edges: number[], counts: number[]} | null} null if the bins are not in order */
function given(value, { counts: path = "", bins = "" }) {
  const counts = numbersIn(value, path);
  const edges = bins ? numbersIn(value, bins) : [0, ...counts.map((_, index) => index + 1)];
  const isAscending = edges.every((edge, index) => index === 0 || edge > edges[index - 1]);
  return counts.length > 0 && edges.length === counts.length + 1 && isAscending ? { edges, counts: counts.map((count) => Math.max(0, count)) } : null;
}

/** @param {any} value @param {string} [path] @returns {number[]} */
function numbersIn(value, path = "") {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.filter(Number.isFinite) : [];
}

/** @param {number[][]} lists @param {number} most @returns {number[]} the edges of equal bins over all values */
function sharedEdges(lists, most) {
  const axis = axisOf(extentOf(lists), "linear");
  const edges = Array.from({ length: most + 1 }, (_, index) => valueOf(index / most, axis));
  // Between large neighbours, there is no number for every edge.
  return edges.filter((edge, index) => index === 0 || edge > edges[index - 1]);
}

/** @param {number[]} values @param {number[]} edges @returns {number[]} the last bin includes its upper edge */
function counted(values, edges) {
  const counts = Array(edges.length - 1).fill(0);
  for (const value of values) {
    const after = indexOf(edges, value);
    counts[Math.max(0, Math.min(counts.length - 1, edges[after] === value ? after : after - 1))] += 1;
  }
  return counts;
}

/** @param {Options} options @returns {string} the name of a single distribution */
function nameOf({ values, counts = "" }) {
  return lastPart(values ?? counts);
}

/** @param {View} view @param {Context} context @param {Options} options @returns {Table} every bin */
function tableOf(view, context, options) {
  const { over } = options;
  const { bins } = binsOf(entriesOf(view, context), options, context);
  const isNamed = options.series !== undefined || bins.some(({ series }) => series !== nameOf(options));
  const rows = bins.flatMap(({ series, step, edges, counts }) =>
    counts.map((count, index) => [...(isNamed ? [series] : []), ...(over ? [step] : []), edges[index], edges[index + 1], count]),
  );
  return { columns: [...(isNamed ? ["series"] : []), ...(over ? [lastPart(over)] : []), "from", "to", "count"], rows };
}
