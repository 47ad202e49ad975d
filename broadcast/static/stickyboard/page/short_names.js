// @ts-check
/** Shortens names to fit and keeps them distinct. */

import { groupBy } from "./view.js";

/** @typedef {(text: string) => boolean} Fits whether there is room for a text */

/**
 * If one name does not fit, the common beginning and end are removed from all names, so that all follow one rule.
 * @param {string[]} names that appear together; equal ones stay equal
 * @param {Fits} fits
 * @returns {string[]} in the same order; distinct names stay distinct if a number has room
 */
export function shortNames(names, fits) {
  const all = [...new Set(names)];
  if (all.every(fits)) return names;
  const short = new Map(shortened(all.map((name) => [...name]), fits).map((text, index) => [all[index], text]));
  numberDuplicates(short, fits);
  return names.map((name) => short.get(name) ?? name);
}

/** @param {string[][]} names as lists of characters, all distinct @param {Fits} fits @returns {string[]} */
function shortened(names, fits) {
  const [head, tail] = commonEnds(names);
  const middles = names.map((characters) => characters.slice(head.length, characters.length - tail.length));
  const abbreviate = abbreviationOf(head, middles, tail, fits);
  if (abbreviate) return middles.map(abbreviate);
  return disambiguated(names, middles.map((middle) => cutInMiddle(middle, fits)), fits);
}

/**
 * @param {string[]} head @param {string[][]} middles @param {string[]} tail @param {Fits} fits
 * @returns {((middle: string[]) => string) | null} with as much of the common head as fits all names, and no tail;
 *   null if a name does not fit even without the head
 */
function abbreviationOf(head, middles, tail, fits) {
  const after = tail.length ? "…" : "";
  for (let letters = head.length; letters >= 0; letters -= 1) {
    const before = letters === head.length ? head.join("") : `${head.slice(0, letters).join("")}…`;
    const write = (/** @type {string[]} */ middle) => `${before}${middle.join("")}${after}`;
    if (middles.every((middle) => fits(write(middle)))) return write;
  }
  return null;
}

/** @param {string[][]} names @returns {[head: string[], tail: string[]]} the common beginning and end of all names; numbers are not split */
function commonEnds(names) {
  // Of each name, at least one character stays.
  const least = Math.min(...names.map(({ length }) => length)) - 1;
  const first = names[0];
  let head = 0;
  while (head < least && names.every((characters) => characters[head] === first[head])) head += 1;
  while (head > 0 && isDigit(first[head - 1])) head -= 1;
  let tail = 0;
  while (tail < least - head && names.every((characters) => characters.at(-1 - tail) === first.at(-1 - tail))) tail += 1;
  while (tail > 0 && isDigit(first[first.length - tail])) tail -= 1;
  return names.length === 1 ? [[], []] : [first.slice(0, head), first.slice(first.length - tail)];
}

/** @param {string} character */
function isDigit(character) {
  return character < "\x80" ? character >= "0" && character <= "9" : /\p{N}/u.test(character);
}

/** @param {string[]} characters @param {Fits} fits @returns {string} */
export function cutInMiddle(characters, fits) {
  if (fits(characters.join(""))) return characters.join("");
  let [enough, tooMany] = [0, characters.length];
  while (tooMany - enough > 1) {
    const count = (enough + tooMany) >> 1;
    if (fits(withoutMiddle(characters, count))) enough = count;
    else tooMany = count;
  }
  return enough === 0 ? "" : withoutMiddle(characters, enough);
}

/** @param {string[]} characters @param {number} count of characters to keep */
function withoutMiddle(characters, count) {
  const tail = Math.ceil(count / 2);
  return `${characters.slice(0, count - tail).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

/** Shorten names that were cut to the same text again, as a group with more in common. @param {string[][]} names @param {string[]} texts @param {Fits} fits */
function disambiguated(names, texts, fits) {
  return texts.map((text, index) => {
    const same = names.filter((_, other) => texts[other] === text);
    if (same.length === 1 || same.length === names.length) return text;
    return shortened(same, fits)[same.indexOf(names[index])];
  });
}

/** Number the names that still have the same text. @param {Map<string, string>} short @param {Fits} fits */
function numberDuplicates(short, fits) {
  const byText = groupBy(short.keys(), (name) => short.get(name) ?? "");
  const used = new Set(byText.keys());
  for (const [text, names] of byText) {
    if (names.length === 1 && text !== "") continue;
    names.forEach((name) => short.set(name, numbered([...text], used, fits)));
  }
}

/** @param {string[]} characters @param {Set<string>} used @param {Fits} fits @returns {string} with the first number that makes it unique */
function numbered(characters, used, fits) {
  for (let number = 1; ; number += 1) {
    const end = `#${number}`;
    let letters = characters.length;
    while (letters > 0 && !fits(characters.slice(0, letters).join("") + end)) letters -= 1;
    const text = characters.slice(0, letters).join("") + end;
    if (used.has(text)) continue;
    used.add(text);
    return text;
  }
}
