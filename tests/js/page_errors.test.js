// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { PageErrors } from "#stickyboard/page/page_errors.js";

import { FakeElement } from "./fakes.js";

test("errors of the page are counted and shown, and each is logged once, and at most 20", () => {
  /** @type {any[]} */
  const [said, logged] = [[], []];
  const badge = /** @type {any} */ (new FakeElement());
  badge.getAttribute = () => null;
  const errors = new PageErrors({ badge, say: (text) => said.push(text), log: (error) => logged.push(error) });
  errors.add(new TypeError("x is null"));
  assert.deepEqual([badge.hidden, badge.textContent], [false, "page error"]);
  for (let count = 0; count < 1000; count += 1) errors.add(new TypeError("x is null"));
  assert.equal(badge.textContent, "page error ×1001");
  assert.deepEqual(said, ["Error of this page: TypeError: x is null"]);
  for (let count = 0; count < 1000; count += 1) errors.add(`error ${count}`);
  assert.equal(logged.length, 20);
});
