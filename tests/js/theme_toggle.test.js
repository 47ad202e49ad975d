// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { otherTheme } from "#stickyboard/page/theme_toggle.js";

test("stores the other theme unless it is the system's", () => {
  assert.deepEqual(otherTheme("dark", "dark"), { theme: "light", stored: "light" });
  assert.deepEqual(otherTheme("light", "dark"), { theme: "dark", stored: null });
});
