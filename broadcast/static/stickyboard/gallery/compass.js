// @ts-check
/** The gallery's example of a module of your own: a compass for each station. */

import { byName, entriesOf, formatted, hiddenText, make, nameAt, numberAt, once, paintRows, partOf, setName, setStyle, setText } from "stickyboard";

const POINTS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
const MAX_DRAWN = 24;

/**
 * @typedef {{key: string, name: string, degrees: number, text: string}} Wind
 * @param {{unit: string}} settings
 * @returns {import("../page/api.js").Widget}
 */
export function widget({ unit }) {
  return {
    empty: { text: "No wind yet." },
    model(view, context) {
      const winds = entriesOf(view, context).flatMap((entry) => windOf(entry, unit)).sort((a, b) => byName(a.name, b.name));
      return { winds: winds.slice(0, MAX_DRAWN), all: winds.length };
    },
    paint(element, { winds, all }) {
      const { list } = once(element, build);
      paintRows(list, winds, (/** @type {Wind} */ { key }) => key, createCompass, paintCompass);
      return hiddenText([partOf(winds.length, all, "station")], "The table has all.");
    },
    table: (view, context) => ({
      columns: ["station", "degrees", unit],
      rows: entriesOf(view, context).map(({ key, value }) => [nameAt(value, "station") ?? key, numberAt(value, "degrees"), numberAt(value, "speed")]),
    }),
  };
}

/** @param {import("../page/api.js").Entry} entry @param {string} unit @returns {Wind[]} none if an optional field is missing */
function windOf({ key, value }, unit) {
  const [degrees, speed] = [numberAt(value, "degrees"), numberAt(value, "speed")];
  if (degrees === null || speed === null) return [];
  const turned = ((degrees % 360) + 360) % 360;
  const text = `${POINTS[Math.round(turned / 45) % 8]} ${formatted(speed, ".0f")} ${unit}`;
  return [{ key, name: nameAt(value, "station") ?? key, degrees: turned, text }];
}

/** @param {HTMLElement} element */
function build(element) {
  const list = make("ul", "compasses");
  element.append(list);
  return { list };
}

function createCompass() {
  const [element, dial, needle] = [make("li", "compass"), make("div", "compass-dial"), make("div", "compass-needle")];
  const [name, text] = [make("span", "compass-name"), make("span", "compass-text")];
  dial.setAttribute("aria-hidden", "true");
  dial.append(...["N", "E", "S", "W"].map((point) => make("span", `compass-point is-${point.toLowerCase()}`, point)), needle);
  element.append(dial, name, text);
  return { element, needle, name, text };
}

/** @param {{needle: HTMLElement, name: HTMLElement, text: HTMLElement}} parts @param {Wind} wind */
function paintCompass({ needle, name, text }, wind) {
  setStyle(needle, "transform", `rotate(${wind.degrees}deg)`);
  setName(name, wind.name);
  setText(text, wind.text);
}
