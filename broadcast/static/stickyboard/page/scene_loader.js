// @ts-check
/** Loads each widget's module separately, so that a faulty module affects only its own scene. */

import { errorText } from "./safe_text.js";

/** @typedef {import("./scenes.js").TileData} TileData */

/** Loaded modules by their names among the static files. The page's inline script adds them before its first paint. @type {Map<string, any>} */
export const modules = new Map();

/** Load the modules that are missing because one of them is faulty. @param {string[]} names @param {(url: string) => Promise<any>} load */
export async function loadAll(names, load = (url) => import(url)) {
  await Promise.all(
    names.map(async (name) => modules.set(name, await load(urlOf(name)).catch((/** @type {unknown} */ error) => ({ failure: failureOf(error) })))),
  );
}

/** @param {string} name @returns {string} a plain URL, which the import map maps to the file's current name */
function urlOf(name) {
  return new URL(`../../${name}`, import.meta.url).href;
}

/** @param {Pick<TileData, "module" | "options">} tile @returns {Widget} with a `failure` if its module cannot be used */
export function widgetOf({ module: name, options }) {
  const module = modules.get(name) ?? {};
  if (module.failure) return failed(module.failure);
  try {
    return checked(typeof module.widget === "function" ? module.widget(options) : module);
  } catch (error) {
    return failed(failureOf(error));
  }
}

/** @param {any} widget @returns {Widget} with a `failure` if it lacks a required member */
function checked(widget) {
  const missing = ["model", "paint"].filter((name) => typeof widget[name] !== "function");
  if (typeof widget.empty?.text !== "string") missing.push("empty");
  if (![widget.options ?? []].flat().every(isOption)) missing.push("options with a name and choices");
  return missing.length === 0 ? widget : failed(failureOf(new Error(`It does not have ${missing.join(", ")}.`)));
}

/** @param {any} option */
function isOption(option) {
  const { name, choices } = option ?? {};
  return typeof name === "string" && (typeof choices === "function" || (Array.isArray(choices) && choices.length > 0));
}

/** @param {unknown} error */
function failureOf(error) {
  return `This scene's module could not be loaded. ${errorText(error)}`;
}

/** @param {string} failure @returns {Widget} */
function failed(failure) {
  return { failure, empty: { text: "" }, model: () => null, paint: () => undefined };
}
