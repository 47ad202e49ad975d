// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Ajv } from "ajv";

/** @param {string} path @returns {any} */
const read = (path) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

const specification = read("node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json");
const document = read("docs/asyncapi.json");

/** @param {any} schema @param {any} value @returns {string[]} what is wrong with a value */
function wrongs(schema, value) {
  // Formats are left to others: an address of a schema is no matter of this document.
  const check = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const judge = check.compile(schema);
  return judge(value) ? [] : (judge.errors ?? []).map((/** @type {any} */ e) => `${e.instancePath} ${e.message}`);
}

test("is a valid AsyncAPI 3 document", () => {
  assert.deepEqual(wrongs(specification, document), []);
});

test("is checked by a validator that finds errors", () => {
  assert.notDeepEqual(wrongs(specification, { ...document, channels: { produce: { adress: "/" } } }), []);
  assert.notDeepEqual(wrongs(specification, { ...document, asyncapi: "2.0.0" }), []);
});

test("has no dangling reference", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((found) => found[1]);
  assert.ok(references.length > 20);
  for (const reference of references) {
    assert.ok(reference.split("/").reduce((place, step) => place?.[step], document), reference);
  }
});

test("has examples that are valid for their schemas", () => {
  const messages = Object.entries(document.components.messages);
  assert.ok(messages.length > 15);
  for (const [name, message] of messages) {
    const { payload, examples } = /** @type {any} */ (message);
    for (const example of examples) {
      const schema = { ...payload, components: document.components };
      assert.deepEqual(wrongs(schema, example.payload), [], name);
    }
  }
});

test("refuses what the server refuses", () => {
  const { payload } = document.components.messages.model_metric;
  assert.notDeepEqual(wrongs(payload, { type: "model_metric", model: "gbt" }), []);
  assert.notDeepEqual(wrongs(payload, { type: "model_metric", model: "gbt", macro_f1: 1.2 }), []);
  assert.notDeepEqual(wrongs(payload, { type: "model_metric", model: "gbt", macro_f1: 0.5, macro_f1_ci: [0.1, 0.2, 0.3] }), []);
});
