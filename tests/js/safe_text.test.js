// @ts-check
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { csvOf } from "#stickyboard/page/csv.js";
import { isolated, nameText, safeText, valueText } from "#stickyboard/page/safe_text.js";

const FOLDER = new URL("../../broadcast/static/stickyboard/page/", import.meta.url);
const UNSEEN = [
  "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u200c",
  "\u200d", "\u2060", "\u2063", "\ufeff", "\u00ad", "\u180e", "\u0000", "\u0007", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029", "\u3164",
  "\u115f", "\u2800", "\ufe0f", "\ufe00", "\u{e0041}", "\u{e0100}", "\ud800", "\ufff9", "\uffff", "\ufdd0",
];

test("replaces invisible and bidi characters anywhere", () => {
  for (const sign of UNSEEN) {
    const code = sign.codePointAt(0)?.toString(16);
    assert.deepEqual([`a${sign}b`, `${sign}gbt`, `gbt${sign}`].map(nameText), ["a�b", "�gbt", "gbt�"], code);
    assert.deepEqual([safeText(`a${sign}b`), valueText(`a${sign}b`)], ["a�b", "a�b"], code);
    assert.equal(csvOf({ columns: [`c${sign}d`], rows: [[`a${sign}b`]] }).slice(1), "c�d\r\na�b\r\n", code);
  }
  assert.deepEqual([" ", ""].map(nameText), ["“ ”", "“”"]);
});

test("leaves names in real languages and emoji alone", () => {
  for (const name of ["گفت\u200cوگو 👩‍💻", "كاشف التصيد ١", "גלאי-דיוג-12", "検知モデル一号", "क्\u200dष", "❤️", "1️⃣", "Žluťoučký", "👍🏽", "🏳️‍🌈", "naïve µ №"]) {
    assert.deepEqual([nameText(name), valueText(name), safeText(name)], [name, name, name]);
  }
});

test("isolates only right-to-left names in a sentence", () => {
  assert.deepEqual(["gbt", "كاشف", "a\u2069b"].map(isolated), ["gbt", "\u2068كاشف\u2069", "a�b"]);
  assert.equal(safeText(`${isolated("كاشف")} · 3 alerts`), "\u2068كاشف\u2069 · 3 alerts");
  assert.equal(safeText(`${isolated("كا\u202eشف\u2069")} 3`), "\u2068كا�شف�\u2069 3");
});

test("does not let producers isolate text", () => {
  for (const text of ["\u2068abc\u2069", "\u2068كاشف", "كاشف\u2069", "\u2067كاشف\u2069", "\u2068\u202eكاشف\u2069", "\u2068\u2068كاشف\u2069"]) {
    assert.doesNotMatch(nameText(text) + valueText(text), /[\u2066-\u2069\u202a-\u202e]/);
  }
  assert.doesNotMatch(safeText("\u2068abc\u2069"), /[\u2066-\u2069]/);
});

test("keeps line breaks in values, but not in names", () => {
  assert.deepEqual([safeText("a\nb\tc"), valueText("a\r\nb"), nameText("a\nb")], ["a\nb\tc", "a\r\nb", "a�b"]);
});

test("is the only way for text onto the page", () => {
  const ALLOWED = new Map([
    ["dom.js", /textContent|\.title = |dataset\.text/],
    ["canvas.js", /fillText/],
    ["announcer.js", /textContent/],
    ["events.js", /textContent/], // the server writes that page
    ["theme_toggle.js", /`Switch to/], // two words of its own
  ]);
  const WRITES = /\.textContent\s*=[^=]|\.innerText\s*=|innerHTML|outerHTML|insertAdjacent|document\.write|createTextNode|fillText\(|strokeText\(|\.alt\s*=|\.placeholder\s*=|\.ariaLabel\s*=|(?<!this)\.title\s*=[^=]|dataset\.text\b|setAttribute\("(?:title|aria-label|aria-description|alt|placeholder)",(?!\s*["`H])/;
  const found = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js") && !name.startsWith("vendor"))
    .flatMap((name) => {
      const lines = readFileSync(new URL(name, FOLDER), "utf8").split("\n");
      return lines.filter((line) => WRITES.test(line) && !ALLOWED.get(name)?.test(line)).map((line) => `${name}: ${line.trim()}`);
    });
  assert.deepEqual(found, []);
});
