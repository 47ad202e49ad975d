// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { otherTheme } from "#stickyboard/page/theme_toggle.js";

test("the other theme is remembered, unless it is the system's own", () => {
  assert.deepEqual(otherTheme("dark", "dark"), { theme: "light", remembered: "light" });
  assert.deepEqual(otherTheme("light", "dark"), { theme: "dark", remembered: null });
});
