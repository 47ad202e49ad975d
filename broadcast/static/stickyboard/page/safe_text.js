// @ts-check
/**
 * Makes producers' text safe to display: it contains nothing invisible and cannot reverse the text next to it.
 *
 * All text on the page passes through `safeText`: in dom.js for elements and attributes, in canvas.js for canvases, in
 * csv.js for files. Names also pass through `nameText`, and through `isolated` inside a sentence.
 */

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const [ISOLATE, END] = ["\u2068", "\u2069"];

// Control characters, invisible ones such as zero-width and bidirectional ones, and those that XML forbids.
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff]/gu;
// Characters that join two others, in emoji and in some scripts. They never follow a character of the scripts below.
const JOINERS = /[\u200c\u200d\ufe00-\ufe0f]/u;
const NEVER_JOINED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Hebrew}\p{N}\p{P}\p{Z}\p{Sc}\p{Sm}]/u;
const UNKNOWN = "\ufffd";

/** @param {string} text @returns {string} with "�" for each invisible character */
export function visibleText(text) {
  return PLAIN.test(text) ? text : text.replace(INVISIBLE, (character, at) => (JOINERS.test(character) && joins(text, at) ? character : UNKNOWN));
}

/** @param {string} text @param {number} at */
function joins(text, at) {
  const before = [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? ""; // of one or two code units
  const after = text.slice(at + 1, at + 3);
  if (before === "" || JOINERS.test(before) && before !== "\ufe0f") return false;
  // "1️⃣" is a digit, an emoji selector, and an enclosing keycap.
  if (/[0-9#*]/.test(before)) return text[at] === "\ufe0f" && after.startsWith("\u20e3");
  const isSelector = text[at] >= "\ufe00";
  return !NEVER_JOINED.test(before) && (isSelector || !/^(?:$|\s)/.test(after));
}

/** @param {string} name @returns {string} all visible; a blank name is quoted */
export function nameText(name) {
  const text = visibleText(name);
  return text.trim() === "" ? `“${text}”` : text;
}

/** @param {string} text */
export function isRightToLeft(text) {
  return !PLAIN.test(text) && RIGHT_TO_LEFT.test(text);
}

/** @param {string} name @returns {string} the name for a sentence, isolated so that a right-to-left name does not reorder the rest */
export function isolated(name) {
  const text = nameText(name);
  return isRightToLeft(text) ? `${ISOLATE}${text}${END}` : text;
}

/** @param {string} text @returns {string} `visibleText` that allows tabs and line breaks, for values in cells and files */
export function valueText(text) {
  return PLAIN.test(text) ? text : text.replace(/[^\t\n\r]+/g, visibleText);
}

const MAX_SENTENCE = 1000;

/** @param {string} text @returns {string} for one line or a short paragraph, whose author may be a module of an app */
export function shortText(text) {
  return text.length > MAX_SENTENCE ? `${text.slice(0, MAX_SENTENCE)}…` : text;
}

/** @param {unknown} error what was thrown, which may be anything */
export function errorText(error) {
  try {
    return shortText(String(error));
  } catch {
    return "an error without a text";
  }
}

const PARTS = /\u2068[^\u2068\u2069]*\u2069|[\t\n\r]/gu;

/** @param {string} text @returns {string} `visibleText` that allows tabs, line breaks and results of `isolated` */
export function safeText(text) {
  if (PLAIN.test(text)) return text;
  let [safe, from] = ["", 0];
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    safe += visibleText(text.slice(from, index)) + safePart(part);
    from = index + part.length;
  }
  return safe + visibleText(text.slice(from));
}

// A fast path for most texts, because every cell of every paint is checked, and because the first use of a pattern with
// properties of characters takes milliseconds: Latin letters, punctuation, arrows, and shapes.
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2070-\u27ff]*$/;

/** @param {string} part */
function safePart(part) {
  if (part.length === 1) return part;
  const inside = part.slice(1, -1);
  return part === isolated(inside) ? part : visibleText(part);
}
