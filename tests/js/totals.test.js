// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { HOSTS, PHASES, RECENT, model, partsOf, table } from "#stickyboard/page/scenes/totals.js";

import { contextOf, viewOf } from "./fakes.js";

/** @param {string} name @param {...any} values */
function tileOf(name, ...values) {
  return model(viewOf({ [name]: values }), contextOf(name)).tiles[0];
}

test("shows numbers first, in the order of the event types", () => {
  const context = contextOf("phase_mix", "total_bytes", "host_counts", "total_alerts");
  const { tiles } = model(viewOf({}), context);
  assert.deepEqual(tiles.map(({ name }) => name), ["total_bytes", "total_alerts", "phase_mix", "host_counts"]);
});

test("shows a dash without entries", () => {
  assert.deepEqual(tileOf("total_alerts"), { kind: "number", name: "total_alerts", title: "Title of total_alerts", text: "–", all: 0, items: [] });
});

test("groups counts and adds a unit to bytes", () => {
  assert.equal(tileOf("total_alerts", { alerts: 12345 }).text, "12,345");
  assert.equal(tileOf("total_bytes", { bytes: 9_876_543_210 }).text, "9.88 GB");
  assert.equal(tileOf("total_episodes", { episodes: 0 }).text, "0");
});

test("shows the first number of an unknown event type", () => {
  assert.equal(tileOf("total_packets", { type: "total_packets", packets: 7000 }).text, "7,000");
  assert.equal(tileOf("total_packets", { type: "total_packets" }).text, "–");
});

test("shows the busiest hosts relative to the largest", () => {
  const counts = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`host-${index + 1}`, (index + 1) * 10]));
  const { items, text } = tileOf("host_counts", { counts });
  assert.equal(items.length, HOSTS);
  assert.deepEqual(items.map((item) => [item.text, item.share, item.value])[0], ["host-8", 1, "80"]);
  assert.deepEqual([items[3].text, items[3].share, text], ["host-5", 50 / 80, "+2 more"]);
});

test("limits phases to the whole", () => {
  const { items } = tileOf("phase_mix", { shares: { scan: 0.5, benign: 0.75 } });
  assert.deepEqual(items.map(({ text, share, value }) => [text, share, value]), [["benign", 0.6, "75 %"], ["scan", 0.4, "50 %"]]);
  assert.equal(tileOf("phase_mix", { shares: { benign: 0.25 } }).items[0].share, 0.25);
});

test("shows the largest phases without sorting them", () => {
  const shares = Object.fromEntries(Array.from({ length: PHASES + 2 }, (_, index) => [`p${index}`, (index + 1) / 55]));
  const { items, text } = tileOf("phase_mix", { shares });
  assert.deepEqual([items.length, items[0].text, text], [PHASES, "p2", "+2 more"]);
});

test("shows each phase as its part of the bar", () => {
  const parts = partsOf([{ text: "a", share: 0.25, property: "--x" }, { text: "b", share: 0.5, property: "--y" }]);
  assert.deepEqual(parts, [
    { text: "a", property: "--x", clip: "inset(0 calc(75.0% + 1px) 0 0.0%)" },
    { text: "b", property: "--y", clip: "inset(0 calc(25.0% + 1px) 0 25.0%)" },
  ]);
});

test("shows the newest episodes first", () => {
  const values = Array.from({ length: 6 }, (_, index) => ({ episode_id: `e${index}`, host_id: "h", label: "dos", windows: 9, alerts: 1 }));
  const { items } = tileOf("recent_episodes", ...values);
  assert.equal(items.length, RECENT);
  assert.deepEqual([items[0].text, items[0].value], ["e5", "h · dos · 1 alert in 9"]);
});

test("does not repeat a host in an episode's name", () => {
  const { items } = tileOf("recent_episodes", { episode_id: "run-lab-1", host_id: "lab-1", label: "dos", windows: 12, alerts: 3 });
  assert.equal(items[0].value, "dos · 3 alerts in 12");
});

test("tables every number with a label", () => {
  const values = {
    total_alerts: [{ type: "total_alerts", alerts: 3 }],
    host_counts: [{ type: "host_counts", counts: { a: 1, b: 2 } }],
    recent_episodes: [{ type: "recent_episodes", episode_id: "e-1", host_id: "a", label: "dos", windows: 4, alerts: 2 }],
  };
  assert.deepEqual(table(viewOf(values), contextOf("total_alerts", "host_counts", "recent_episodes")).rows, [
    ["Title of total_alerts", "alerts", 3],
    ["Title of host_counts", "a", 1],
    ["Title of host_counts", "b", 2],
    ["Title of recent_episodes", "e-1 · a · dos · windows", 4],
    ["Title of recent_episodes", "e-1 · a · dos · alerts", 2],
  ]);
});
