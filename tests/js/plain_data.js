// @ts-check
import assert from "node:assert/strict";

/** Assert that a model has no function and no text that stems from one. @param {any} thing @param {string} where */
export function isPlainData(thing, where) {
  if (typeof thing === "function") assert.fail(`a function at ${where}`);
  if (typeof thing === "string") assert.doesNotMatch(thing, /native code|\[object/, where);
  if (thing instanceof Map) return isPlainData([...thing], where);
  if (typeof thing !== "object" || thing === null || ArrayBuffer.isView(thing)) return;
  for (const [key, value] of Object.entries(thing)) isPlainData(value, `${where}.${key}`);
}
