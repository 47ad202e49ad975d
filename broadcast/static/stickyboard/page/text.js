// @ts-check
/**
 * What producers write, as it may be shown: nothing in it is unseen, and nothing turns round what is beside it. Pure.
 *
 * All text on the page passes `safeText`: dom.js writes it into elements and attributes, canvas.js onto canvases,
 * csv.js into files. A name passes `nameText` before, and `isolated` where it stands inside a sentence.
 */

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const [ISOLATE, END] = ["\u2068", "\u2069"];

// Controls; what is drawn as nothing, such as zero widths and signs that change the direction; what XML cannot have.
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff]/gu;
// Those of them that make one sign of two, in emoji and where letters join: no letter before them is of these scripts.
const JOINERS = /[\u200c\u200d\ufe00-\ufe0f]/u;
const NEVER_JOINED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Hebrew}\p{N}\p{P}\p{Z}\p{Sc}\p{Sm}]/u;
const UNKNOWN = "\ufffd";

/** @param {string} text @returns {string} with "�" for each sign that nobody would see */
export function seenText(text) {
  return text.replace(UNSEEN, (sign, at) => (JOINERS.test(sign) && joins(text, at) ? sign : UNKNOWN));
}

/** @param {string} text @param {number} at */
function joins(text, at) {
  const before = lastSign(text.slice(Math.max(0, at - 2), at));
  const after = text.slice(at + 1, at + 3);
  if (before === "" || JOINERS.test(before) && before !== "\ufe0f") return false;
  // "1️⃣" is a digit, the sign for emoji, and a key around them.
  if (/[0-9#*]/.test(before)) return text[at] === "\ufe0f" && after.startsWith("\u20e3");
  const isSelector = text[at] >= "\ufe00";
  return !NEVER_JOINED.test(before) && (isSelector || !/^(?:$|\s)/.test(after));
}

/** @param {string} text @returns {string} its last sign, of one or two units */
function lastSign(text) {
  return [...text].at(-1) ?? "";
}

/** @param {string} name @returns {string} so that all of it is seen: a blank one in quotes */
export function nameText(name) {
  const text = seenText(name);
  return text.trim() === "" ? `“${text}”` : text;
}

/** @param {string} text */
export function isRightToLeft(text) {
  return RIGHT_TO_LEFT.test(text);
}

/** @param {string} name @returns {string} the name for a sentence: one that is read from right to left leaves what follows in its place */
export function isolated(name) {
  const text = nameText(name);
  return isRightToLeft(text) ? `${ISOLATE}${text}${END}` : text;
}

/** @param {string} text @returns {string} `seenText` that leaves tabs and line ends: for a value in a cell or a file */
export function valueText(text) {
  return PLAIN.test(text) ? text : text.replace(/[^\t\n\r]+/g, seenText);
}

const PARTS = /\u2068[^\u2068\u2069]*\u2069|[\t\n\r]/gu;

/** @param {string} text @returns {string} `seenText` that leaves lines, and names that `isolated` has made */
export function safeText(text) {
  // Most texts have nothing to look at, and this is on the way of every cell of every paint.
  if (PLAIN.test(text)) return text;
  let [safe, from] = ["", 0];
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    safe += seenText(text.slice(from, index)) + keptPart(part);
    from = index + part.length;
  }
  return safe + seenText(text.slice(from));
}

const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\u02ff]*$/;

/** @param {string} part */
function keptPart(part) {
  if (part.length === 1) return part;
  const inside = part.slice(1, -1);
  return part === isolated(inside) ? part : seenText(part);
}
