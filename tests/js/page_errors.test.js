// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { PageErrors } from "#stickyboard/page/page_errors.js";

import { FakeElement } from "./fakes.js";

test("counts errors and logs each once, 20 at most", () => {
  /** @type {any[]} */
  const [announced, logged] = [[], []];
  const badge = /** @type {any} */ (new FakeElement());
  badge.getAttribute = () => null;
  const errors = new PageErrors({ badge, announce: (text) => announced.push(text), log: (error) => logged.push(error) });
  errors.add(new TypeError("x is null"));
  assert.deepEqual([badge.hidden, badge.textContent], [false, "page error"]);
  for (let count = 0; count < 1000; count += 1) errors.add(new TypeError("x is null"));
  assert.equal(badge.textContent, "page error ×1001");
  assert.deepEqual(announced, ["Page error: TypeError: x is null"]);
  for (let count = 0; count < 1000; count += 1) errors.add(`error ${count}`);
  assert.equal(logged.length, 20);
});
