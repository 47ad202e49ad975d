// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { TAGS, blocksOf } from "#stickyboard/page/markdown.js";
import { elementOf, widget } from "#stickyboard/page/widgets/text.js";

import { contextOf, randomFrom, viewOf } from "../fakes.js";

/** An element that records its tag, its attributes and its children. */
class Recorded {
  attributes = /** @type {Record<string, string>} */ ({});
  children = /** @type {any[]} */ ([]);
  className = "";
  textContent = "";

  /** @param {string} tag */
  constructor(tag) {
    this.tag = tag;
  }

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  /** @param {...any} children */
  append(...children) {
    this.children.push(...children);
  }
}

/** @type {any} */ (globalThis).document = { createElement: (/** @type {string} */ tag) => new Recorded(tag) };

/** @param {import("#stickyboard/page/markdown.js").Node} node @returns {string} the tree on one line, as "p(text em(text))" */
function lineOf(node) {
  if (typeof node === "string") return node;
  return `${node.tag}${node.href ? `[${node.href}]` : ""}(${node.children.map(lineOf).join(" ")})`;
}

/** @param {string} text */
function treeOf(text) {
  return blocksOf(text).map(lineOf).join(" ");
}

test("reads headings, paragraphs and lines", () => {
  assert.equal(treeOf("# One\n## Two ##\n#### Four\n\na\nb\n\n---\n#tag"), "h3(One) h4(Two) h5(Four) p(a\nb) hr() p(#tag)");
});

test("reads nested lists", () => {
  assert.equal(treeOf("- a\n  - b\n    more\n- c\n1. d\n2) e"), "ul(li(a ul(li(b\nmore))) li(c)) ol(li(d) li(e))");
  const deep = [0, 2, 4, 6, 8, 10].map((indent) => `${" ".repeat(indent)}- x`).join("\n");
  assert.equal(treeOf(deep).match(/ul\(/g)?.length, 4);
  assert.equal(treeOf("+ a\n\nafter"), "ul(li(a)) p(after)");
});

test("reads code, in which nothing else counts", () => {
  assert.equal(treeOf("```py\n# a **b**\n\n- c\n```\nend"), "pre(code(# a **b**\n\n- c)) p(end)");
  assert.equal(treeOf("use `**x**`"), "p(use  code(**x**))");
  assert.equal(treeOf("```\nopen"), "pre(code(open))");
});

test("reads emphasis, and leaves other stars and lines alone", () => {
  assert.equal(treeOf("**a *b* c** _d_ __e__"), "p(strong(a  em(b)  c)   em(d)   strong(e))");
  assert.equal(treeOf("2 * 3 * 4, snake_case_name a_b_, \\*x\\*, **open"), "p(2 * 3 * 4, snake_case_name a_b_,  * x * , **open)");
});

test("links to https only, and shows the host", () => {
  assert.equal(treeOf("[docs](https://example.com/a) https://b.example/?q=1."), "p(a[https://example.com/a](docs)   a[https://b.example/?q=1](https://b.example/?q=1) .)");
  for (const address of ["javascript:alert(1)", "http://a.example", "data:text/html,x", "//a.example", "https://good.example@bad.example/"]) {
    assert.doesNotMatch(treeOf(`[x](${address}) ${address}`), /\ba\[/, address);
  }
  const link = /** @type {any} */ (elementOf(blocksOf("[bank.example](https://other.example/x)")[0])).children[0];
  assert.deepEqual(link.attributes, { href: "https://other.example/x", rel: "noopener noreferrer", target: "_blank", title: "other.example" });
});

const PIECES = ["#", "- ", "1. ", "```", "`", "*", "**", "_", "[", "](", ")", "https://a.example", "javascript:", "\n", "\n\n", "  ", "\\",
  "<script>", "<img onerror=x>", "a", "é", "\u202e", "\u0000", "constructor", "&lt;", "\ud800", "---", "\t"];

/** @param {Recorded | string} node @param {number} depth */
function checkAllowed(node, depth = 0) {
  if (typeof node === "string") return assert.doesNotMatch(node, /[\u0000\u202e\ud800]/);
  assert.ok(TAGS.includes(/** @type {any} */ (node.tag)), node.tag);
  assert.ok(depth < 16);
  const allowed = node.tag === "a" ? ["href", "rel", "target", "title"] : node.tag === "pre" ? ["tabindex"] : [];
  assert.deepEqual(Object.keys(node.attributes).sort(), allowed);
  if (node.tag === "a") assert.match(node.attributes.href, /^https:\/\/[^@]*$/);
  for (const child of node.children) checkAllowed(child, depth + 1);
}

test("builds allowed elements and attributes from any text", () => {
  const random = randomFrom(11);
  for (let round = 0; round < 3000; round += 1) {
    const length = Math.floor(random() * 30);
    const text = Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join("");
    for (const block of blocksOf(text)) checkAllowed(/** @type {any} */ (elementOf(block)));
  }
});

test("reads long runs of openings within bounds", () => {
  for (const piece of ["[", "*", "**a", "`", "_", "- ", "#", "\\", "[a](https://", "  - a\n"]) {
    const tree = blocksOf(piece.repeat(20_000 / piece.length));
    assert.ok(JSON.stringify(tree).length < 1_000_000, piece);
  }
});

test("cuts a long text, and says so", () => {
  const model = (/** @type {any} */ value) => widget({ body: "b", format: "plain" }).model(viewOf({ t: [value] }), contextOf("t"));
  assert.deepEqual([model({ b: "x".repeat(30_000) }).text.length, model({ b: "x".repeat(30_000) }).letters], [20_000, 30_000]);
  assert.deepEqual([model({ b: 7 }).text, model({}).text, model({ b: { a: 1 } }).text], ["7", "–", '{"a":1}']);
});

test("shows the newest text, and tables all", () => {
  const [view, context] = [viewOf({ t: [{ b: "old" }, { b: "new" }] }), contextOf("t")];
  const text = widget({ body: "b", format: "markdown" });
  assert.deepEqual([text.model(view, context).text, text.table?.(view, context).rows], ["new", [["old"], ["new"]]]);
});
