// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { offerCopies } from "#stickyboard/page/events.js";

function pageWith(/** @type {string | undefined} */ names) {
  /** @type {Array<() => Promise<void>>} */
  const clicks = [];
  const button = {
    hidden: true, textContent: "Copy", dataset: { copies: names },
    addEventListener: (/** @type {string} */ _, /** @type {() => Promise<void>} */ click) => clicks.push(click),
  };
  const page = {
    querySelectorAll: () => [button],
    getElementById: (/** @type {string} */ id) => (id === "a" ? { textContent: '{"type":"a"}' } : null),
  };
  return { page: /** @type {any} */ (page), button, clicks };
}

test("copies the example", async () => {
  const { page, button, clicks } = pageWith("a");
  /** @type {string[]} */
  const copied = [];
  offerCopies(page, { writeText: async (text) => void copied.push(text) });
  assert.equal(button.hidden, false);
  await clicks[0]();
  assert.deepEqual(copied, ['{"type":"a"}']);
  assert.equal(button.textContent, "Copied");
});

test("reports that the clipboard is not allowed", async () => {
  const { page, button, clicks } = pageWith("a");
  offerCopies(page, { writeText: () => Promise.reject(new Error("no")) });
  await clicks[0]();
  assert.match(button.textContent, /Not allowed/);
});

test("shows no button without a clipboard or an example", () => {
  for (const [names, clipboard] of /** @type {any} */ ([["a", undefined], ["b", { writeText: async () => {} }]])) {
    const { page, button } = pageWith(names);
    offerCopies(page, clipboard);
    assert.equal(button.hidden, true);
  }
});
