// @ts-check
/** Names cut to fit, so that each is still told from the others. Pure. */

/** @typedef {(text: string) => boolean} Fits whether a text has room */

/**
 * Where one name does not fit, all lose what all have in common, so that one rule holds for all of them.
 * @param {string[]} names those that are shown together; equal ones stay equal
 * @param {Fits} fits
 * @returns {string[]} in the same order; of different names no two are alike, as long as a number has room
 */
export function shortNames(names, fits) {
  const all = [...new Set(names)];
  if (all.every(fits)) return names;
  const short = new Map(shortened(all.map((name) => [...name]), fits).map((text, index) => [all[index], text]));
  numberTwins(short, fits);
  return names.map((name) => short.get(name) ?? name);
}

/** @param {string[][]} names as signs, all different @param {Fits} fits @returns {string[]} */
function shortened(names, fits) {
  const [head, tail] = commonEnds(names);
  const middles = names.map((signs) => signs.slice(head.length, signs.length - tail.length));
  const kept = keptOf(head, middles, tail, fits);
  const texts = middles.map((middle) => (kept ? kept(middle) : cutInMiddle(middle, fits)));
  return kept ? texts : apart(names, texts, fits);
}

/**
 * @param {string[]} head @param {string[][]} middles @param {string[]} tail @param {Fits} fits
 * @returns {((middle: string[]) => string) | null} as much of the common head as all have room for, and no tail;
 *   null where even without it one does not fit
 */
function keptOf(head, middles, tail, fits) {
  const after = tail.length ? "…" : "";
  for (let letters = head.length; letters >= 0; letters -= 1) {
    const before = letters === head.length ? head.join("") : `${head.slice(0, letters).join("")}…`;
    const write = (/** @type {string[]} */ middle) => `${before}${middle.join("")}${after}`;
    if (middles.every((middle) => fits(write(middle)))) return write;
  }
  return null;
}

/** @param {string[][]} names @returns {[head: string[], tail: string[]]} what all begin and end with; no number is torn */
function commonEnds(names) {
  const least = Math.min(...names.map(({ length }) => length));
  const first = names[0];
  let head = 0;
  while (head < least && names.every((signs) => signs[head] === first[head])) head += 1;
  while (head > 0 && isDigit(first[head - 1])) head -= 1;
  let tail = 0;
  while (tail < least - head && names.every((signs) => signs.at(-1 - tail) === first.at(-1 - tail))) tail += 1;
  while (tail > 0 && isDigit(first[first.length - tail])) tail -= 1;
  return names.length === 1 ? [[], []] : [first.slice(0, head), first.slice(first.length - tail)];
}

/** @param {string} sign */
function isDigit(sign) {
  return /\p{N}/u.test(sign);
}

/** @param {string[]} signs @param {Fits} fits @returns {string} */
export function cutInMiddle(signs, fits) {
  if (fits(signs.join(""))) return signs.join("");
  let [enough, tooMany] = [0, signs.length];
  while (tooMany - enough > 1) {
    const kept = (enough + tooMany) >> 1;
    if (fits(withoutMiddle(signs, kept))) enough = kept;
    else tooMany = kept;
  }
  return enough === 0 ? "" : withoutMiddle(signs, enough);
}

/** @param {string[]} signs @param {number} kept how many of them */
function withoutMiddle(signs, kept) {
  const tail = Math.ceil(kept / 2);
  return `${signs.slice(0, kept - tail).join("")}…${signs.slice(signs.length - tail).join("")}`;
}

/** Those that were cut alike are cut anew among themselves, where they have more in common. @param {string[][]} names @param {string[]} texts @param {Fits} fits */
function apart(names, texts, fits) {
  return texts.map((text, index) => {
    const alike = names.filter((_, other) => texts[other] === text);
    if (alike.length === 1 || alike.length === names.length) return text;
    return shortened(alike, fits)[alike.indexOf(names[index])];
  });
}

/** What is alike after all is numbered in its order. @param {Map<string, string>} short @param {Fits} fits */
function numberTwins(short, fits) {
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const [name, text] of short) byText.set(text, [...(byText.get(text) ?? []), name]);
  const taken = new Set(byText.keys());
  for (const [text, names] of byText) {
    if (names.length === 1 && text !== "") continue;
    names.forEach((name) => short.set(name, numbered([...text], taken, fits)));
  }
}

/** @param {string[]} signs @param {Set<string>} taken @param {Fits} fits @returns {string} with the first number that makes it another one */
function numbered(signs, taken, fits) {
  for (let number = 1; ; number += 1) {
    const end = `#${number}`;
    let letters = signs.length;
    while (letters > 0 && !fits(signs.slice(0, letters).join("") + end)) letters -= 1;
    const text = signs.slice(0, letters).join("") + end;
    if (taken.has(text)) continue;
    taken.add(text);
    return text;
  }
}
