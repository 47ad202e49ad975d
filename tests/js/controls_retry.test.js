// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { retryControls } from "#stickyboard/page/controls_retry.js";

test("reports that its script is missing, and loads it again", async () => {
  const { log, script, use } = pageWithScript([new Error("still away"), null]);
  await use("click", "button");
  assert.deepEqual(log, { loads: [], reports: [], notices: [] });

  script.dispatchEvent(new Event("error"));
  assert.deepEqual(log.reports, ["Keys, buttons and menus could not be loaded"]);
  await use("click", "button");
  await use("keydown", "body");
  await use("keydown", "body");
  assert.deepEqual(log.loads, ["/controls.js?retry=1", "/controls.js?retry=2"]);
  assert.deepEqual(log.notices.map((notice) => /Reload the page|Try again/.exec(notice)?.[0]), ["Reload the page", "Try again"]);
  assert.equal(log.reports.length, 1);
});

test("loads it again only once at a time, and not for typing", async () => {
  const { log, script, use } = pageWithScript([null]);
  script.dispatchEvent(new Event("error"));
  await use("keydown", "input, textarea, select");
  await use("click", "p");
  assert.deepEqual(log.loads, []);
  await Promise.all([use("click", "button"), use("click", "button")]);
  assert.deepEqual(log.loads, ["/controls.js?retry=1"]);
});

/** @param {(Error | null)[]} results of the loads */
function pageWithScript(results) {
  let target = "";
  const page = Object.assign(new EventTarget(), { closest: (/** @type {string} */ selector) => (selector === target ? page : null) });
  const script = Object.assign(new EventTarget(), { src: "/controls.js" });
  const log = { loads: /** @type {string[]} */ ([]), reports: /** @type {string[]} */ ([]), notices: /** @type {string[]} */ ([]) };
  retryControls(page, script, {
    load: async (url) => {
      log.loads.push(url);
      const result = results.shift();
      if (result) throw result;
    },
    report: ({ message }) => log.reports.push(message),
    notify: (sentence) => log.notices.push(sentence),
  });
  /** @param {string} type @param {string} on what `closest` finds */
  const use = async (type, on) => {
    target = on;
    page.dispatchEvent(new Event(type));
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { log, script, use };
}
