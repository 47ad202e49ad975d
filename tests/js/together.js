// @ts-check
/** Imports the tests that set nothing global: in a process each, they would take five times as long. */

import { readFileSync, readdirSync } from "node:fs";

for (const folder of ["./", "./widgets/"]) {
  for (const name of readdirSync(new URL(folder, import.meta.url)).sort()) {
    const file = new URL(`${folder}${name}`, import.meta.url);
    if (name.endsWith(".test.js") && !readFileSync(file, "utf8").includes("globalThis")) await import(file.href);
  }
}
