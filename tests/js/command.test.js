// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { commandOf, docsOf } from "#dashboard/command.js";

test("a command sends the example, or an event of the scene's type, to the page's own server", () => {
  const command = commandOf({ type: "model_metric", macro_f1: 0.5 }, "other", "http://lab:8000");
  assert.match(command, /^curl http:\/\/lab:8000\/api\/events .* -d '\{"type":"model_metric","macro_f1":0\.5\}'$/);
  assert.match(commandOf({}, "gpu_load", ""), /'\{"type":"gpu_load"\}'$/);
});

test("a quote in an example does not end the shell's word, and stays a quote", () => {
  const command = commandOf({ name: "it's" }, "t", "");
  const body = command.split(" -d ")[1].slice(1, -1);
  assert.ok(!body.includes("'"));
  assert.equal(JSON.parse(body).name, "it's");
});

test("what may be sent is said at a place of its own for each event type", () => {
  assert.equal(docsOf("gpu_load"), "/docs/events/#gpu_load");
});
