// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { AlertNews, MAX_ALERTS, alertsOf, markOf, summaryOf, tabTitle } from "#stickyboard/page/alerts.js";

/** @param {string} text @param {"warn" | "alert"} [level] @returns {import("#stickyboard/page/widget.js").Alert} */
const alert = (text, level = "alert") => ({ level, text });

/** @param {string} title @param {import("#stickyboard/page/widget.js").Alert[]} [alerts] */
const scene = (title, alerts = [], isStale = false) => ({ title, alerts, isStale });

test("reads a model's alerts, the worst first, and bounded", () => {
  assert.deepEqual(alertsOf({ alerts: [alert("warm", "warn"), alert("hot")] }).map(({ text }) => text), ["hot", "warm"]);
  assert.equal(alertsOf({ alerts: Array(MAX_ALERTS + 1).fill(alert("hot")) }).length, MAX_ALERTS);
  for (const model of [null, undefined, {}, { alerts: "hot" }, { alerts: [null, 3, { level: "alert", text: 5 }] }]) assert.deepEqual(alertsOf(model), []);
  assert.equal(alertsOf({ alerts: [alert("x".repeat(1e6))] })[0].text.length, 1001);
});

test("marks a scene with its first alert in words", () => {
  assert.deepEqual([[], [alert("hot")], [alert("hot"), alert("cold"), alert("x")]].map(markOf), ["", "hot", "hot · +2"]);
});

test("sums up alerts, warnings and stale scenes", () => {
  const scenes = [scene("GPU", [alert("a hot"), alert("b warm", "warn")], true), scene("Disk", [alert("full")]), scene("CPU")];
  assert.equal(summaryOf(scenes, true).text, "2 alerts · 1 warning");
  assert.deepEqual(summaryOf(scenes), { alerts: 2, text: "2 alerts · 1 warning · 1 stale of 3", title: "GPU: a hot\nDisk: full\nGPU: b warm" });
  assert.deepEqual(summaryOf([scene("CPU")]), { alerts: 0, text: "", title: "" });
  assert.match(summaryOf([scene("x", Array(20).fill(alert("hot")))]).title, /and 12 more$/);
});

test("names alerts in the tab's title", () => {
  assert.deepEqual([tabTitle("Main", 0), tabTitle("Main", 1)], ["Main", "⚠ 1 alert · Main"]);
});

test("reports more alerts of a scene, once a minute", () => {
  const news = new AlertNews();
  /** @param {number} nowMs @param {string[]} texts */
  const at = (nowMs, ...texts) => news.of({ name: "gpu", alerts: texts.map((text) => alert(text)) }, nowMs);
  assert.deepEqual([at(0), at(1, "hot: 91"), at(2, "hot: 92"), at(3, "hot", "full"), at(61_000, "hot", "full", "late"), at(61_001)], [
    "", "hot: 91", "", "", "hot · +2", "",
  ]);
  assert.equal(news.of({ name: "gpu", alerts: [alert("warm", "warn")] }, 200_000), "");
  assert.deepEqual([at(300_000, "hot"), at(300_001, "hot", "full"), at(360_000, "hot", "full"), at(360_001, "hot", "full")], ["hot", "", "hot · +1", ""]);
  assert.deepEqual([at(420_000), at(420_001, "hot"), at(420_002), at(420_003, "hot")], ["", "hot", "", ""]);
});
