// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { commandOf, docsUrl } from "#stickyboard/page/curl_command.js";

test("posts the event to the page's own server", () => {
  const command = commandOf({ type: "model_metric", macro_f1: 0.5 }, "http://lab:8000/board/api/events", "");
  assert.match(command, /^curl http:\/\/lab:8000\/board\/api\/events .* -d '\{"type":"model_metric","macro_f1":0\.5\}'$/);
  assert.match(command, /Bearer \$STICKYBOARD_TOKEN"/);
});

test("needs no token on the machine of the board", () => {
  assert.equal(commandOf({ type: "t", x: 1 }, "http://lab:8000/api/events", "stickyboard send"), `stickyboard send --json '{"type":"t","x":1}'`);
});

test("escapes a quote for the shell", () => {
  const command = commandOf({ type: "t", name: "it's" }, "", "");
  const body = command.split(" -d ")[1].slice(1, -1);
  assert.ok(!body.includes("'"));
  assert.equal(JSON.parse(body).name, "it's");
});

test("links each event type to its own section", () => {
  assert.equal(docsUrl("gpu_load", "/board/docs/events/"), "/board/docs/events/#gpu_load");
});
