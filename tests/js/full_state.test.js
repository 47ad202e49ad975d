// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { Mirror } from "#stickyboard/mirror.js";
import { fetchFullState, sectionsIn } from "#stickyboard/page/full_state.js";

/** @type {import("#stickyboard/mirror.js").Section} */
const WHOLE = { type: "small", epoch: "a", from: 0, to: 7, reset: true, entries: [["k", "", 7, 1, { n: 7 }]] };
/** @type {import("#stickyboard/mirror.js").Section} */
const PREVIEW = { type: "large", epoch: "", from: 0, to: 0, reset: true, entries: [["new", "", 9, 1, { n: 9 }]] };

function pageMirror() {
  const mirror = new Mirror();
  mirror.applyUpdate({ sections: [WHOLE] });
  mirror.applyUpdate({ sections: [PREVIEW] });
  return mirror;
}

/** @param {any} update @param {boolean} [ok] */
function network(update, ok = true) {
  const fetch = async () => ({ ok, status: ok ? 200 : 503, text: async () => JSON.stringify(update) });
  return { fetch: /** @type {any} */ (fetch), timeout: () => new AbortController().signal, nextTask: async () => undefined };
}

const STATE = {
  sections: [
    { ...WHOLE, to: 5, entries: [["k", "", 5, 1, { n: 5 }]] }, // an older state than the page has
    { type: "large", epoch: "b", from: 0, to: 9, reset: true, entries: [["old", "", 2, 1, {}], ["new", "", 9, 1, {}]] },
  ],
};

test("a preview is displayed, and its cursor asks for everything", () => {
  const mirror = pageMirror();
  assert.deepEqual(mirror.entries("large").map(({ key }) => key), ["new"]);
  assert.equal(mirror.cursor(), "small:a:7,large::0");
});

test("replaces a preview, and nothing that has a cursor", async () => {
  const mirror = pageMirror();
  assert.deepEqual(await fetchFullState(mirror, "/state", network(STATE)), new Set(["large"]));
  assert.equal(mirror.cursor(), "small:a:7,large:b:9");
  assert.equal(mirror.count("large"), 2);
});

test("does not replace what a socket has delivered meanwhile", async () => {
  const mirror = pageMirror();
  mirror.applyUpdate({ sections: [{ type: "large", epoch: "b", from: 0, to: 12, reset: true, entries: [] }] });
  assert.equal((await fetchFullState(mirror, "/state", network(STATE))).size, 0);
  assert.equal(mirror.head("large")?.revision, 12);
});

test("rejects a refused request and leaves the preview", async () => {
  const mirror = pageMirror();
  await assert.rejects(fetchFullState(mirror, "/state", network({}, false)), /\/state returned 503/);
  assert.equal(mirror.count("large"), 1);
});

test("parses a large state in slices, whatever its entries contain", async () => {
  const values = [{ text: "]}\n[1,\n" }, { list: [["[", 1], [2]] }, null, 7, "\\n[", [[]]];
  const entries = values.map((value, index) => JSON.stringify(["[k", "", index, 1.5, value]));
  const large = `{"type":"large","epoch":"b","from":0,"to":9,"reset":true,"entries":[\n${entries.join(",\n")}\n]}`;
  const others = [JSON.stringify(WHOLE), '{"type":"empty","epoch":"c","from":0,"to":0,"reset":true,"entries":[\n\n]}', large.replace("large", "other")];
  const text = `{"op":"update","sections":[${[large, ...others].join(",")}]}`;
  for (const [most, expected] of [[1, 12], [90, 2], [1e6, 0]]) {
    let tasks = 0;
    assert.deepEqual(await sectionsIn(text, async () => void (tasks += 1), most), JSON.parse(text).sections);
    assert.equal(tasks, expected);
  }
});
