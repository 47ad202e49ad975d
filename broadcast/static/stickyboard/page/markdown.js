// @ts-check
/**
 * A small subset of Markdown as a tree: headings, lists, code, emphasis, lines, and links to https. The result has only
 * the tags of `TAGS`, and only links have an attribute. Each pattern is bounded, so that no text takes long.
 */

/** @typedef {string | {tag: Tag, href?: string, children: Node[]}} Node @typedef {typeof TAGS[number]} Tag */

export const TAGS = /** @type {const} */ (["h3", "h4", "h5", "p", "ul", "ol", "li", "pre", "code", "strong", "em", "a", "hr"]);
const MAX_DEPTH = 4; // of lists, and of emphasis
/** The page's own headings are h1 and h2. @type {Tag[]} */
const HEADINGS = ["h3", "h4"];

const FENCE = /^ {0,3}(```|~~~)/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/;
const LINE = /^ {0,3}(?:-[ \t]*){3,}$|^ {0,3}(?:\*[ \t]*){3,}$|^ {0,3}(?:_[ \t]*){3,}$/;
const ITEM = /^([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(\S.*)$/;
const INLINE = new RegExp(
  [
    /\\([\\`*_[\]#>.+-])/u, // 1: an escaped character
    /`([^`]{1,500})`/u, // 2: code
    /\[([^[\]]{1,200})\]\((https:\/\/[^\s()<>]{1,1000})\)/u, // 3, 4: a link
    /(https:\/\/[^\s()<>*`]{0,1000}[^\s()<>*`.,;:!?'"])/u, // 5: an address, without the punctuation after it
    /\*\*(?=\S)((?:[^*]|\*(?!\*)){1,500}?)\*\*/u, // 6: strong
    /\*(?=[^\s*])([^*]{1,500})\*/u, // 7: emphasis
    /(?<![\p{L}\p{N}_])__(?=\S)([^_]{1,500})__(?![\p{L}\p{N}_])/u, // 8: strong
    /(?<![\p{L}\p{N}_])_(?=\S)([^_]{1,500})_(?![\p{L}\p{N}_])/u, // 9: emphasis; not inside "snake_case"
  ].map(({ source }) => source).join("|"),
  "gu",
);

/** @param {string} text bounded by the caller @returns {Node[]} */
export function blocksOf(text) {
  /** @type {Node[]} */
  const blocks = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let at = 0; at < lines.length; ) {
    const [block, next] = blockAt(lines, at);
    if (block) blocks.push(...block);
    at = next;
  }
  return blocks;
}

/** @param {string[]} lines @param {number} at @returns {[Node[] | null, number]} the block that begins in a line, and the line after it */
function blockAt(lines, at) {
  const line = lines[at];
  if (line.trim() === "") return [null, at + 1];
  const [fence, heading] = [FENCE.exec(line), HEADING.exec(line)];
  if (fence) return codeAt(lines, at, fence[1]);
  if (heading) return [[{ tag: HEADINGS[heading[1].length - 1] ?? "h5", children: inlineOf(heading[2].replace(/[ \t]#+[ \t]*$/, "")) }], at + 1];
  if (LINE.test(line)) return [[{ tag: "hr", children: [] }], at + 1];
  if (ITEM.test(line)) return listAt(lines, at);
  const end = endOf(lines, at, isPlain);
  return [[{ tag: "p", children: inlineOf(lines.slice(at, end).map((each) => each.trim()).join("\n")) }], end];
}

/** @param {string} line @returns {boolean} whether it continues a paragraph */
function isPlain(line) {
  return line.trim() !== "" && ![FENCE, HEADING, LINE, ITEM].some((start) => start.test(line));
}

/** @param {string[]} lines @param {number} at @param {(line: string) => boolean} continues @returns {number} */
function endOf(lines, at, continues) {
  const more = lines.slice(at + 1).findIndex((line) => !continues(line));
  return more < 0 ? lines.length : at + 1 + more;
}

/** @param {string[]} lines @param {number} at @param {string} fence @returns {[Node[], number]} */
function codeAt(lines, at, fence) {
  const end = endOf(lines, at, (line) => !line.trim().startsWith(fence));
  return [[{ tag: "pre", children: [{ tag: "code", children: [lines.slice(at + 1, end).join("\n")] }] }], end + 1];
}

/** @typedef {{indent: number, tag: "ul" | "ol", text: string}} Item */

/** @param {string[]} lines @param {number} at @returns {[Node[], number]} */
function listAt(lines, at) {
  /** @type {Item[]} */
  const items = [];
  const end = endOf(lines, at, (line) => ITEM.test(line) || (/^[ \t]+\S/.test(line) && isPlain(line)));
  for (const line of lines.slice(at, end)) {
    const [, indent, number, text] = ITEM.exec(line) ?? [];
    if (text === undefined) items[items.length - 1].text += `\n${line.trim()}`;
    else items.push({ indent: indent.replaceAll("\t", "    ").length, tag: number ? "ol" : "ul", text });
  }
  return [listsOf(items, 1), end];
}

/** @param {Item[]} items @param {number} depth @returns {Node[]} */
function listsOf(items, depth) {
  /** @type {{tag: Tag, children: Node[]}[]} */
  const lists = [];
  for (let at = 0; at < items.length; ) {
    const { indent, tag, text } = items[at];
    let end = at + 1;
    while (end < items.length && depth < MAX_DEPTH && items[end].indent > indent + 1) end += 1;
    if (lists.at(-1)?.tag !== tag) lists.push({ tag, children: [] });
    lists[lists.length - 1].children.push({ tag: "li", children: [...inlineOf(text), ...listsOf(items.slice(at + 1, end), depth + 1)] });
    at = end;
  }
  return lists;
}

/** @param {string} text @param {number} [depth] @returns {Node[]} */
function inlineOf(text, depth = 1) {
  if (depth > MAX_DEPTH) return [text];
  /** @type {Node[]} */
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(from, match.index), tokenOf(match, depth));
    from = match.index + match[0].length;
  }
  return [...nodes, text.slice(from)].filter((node) => node !== "");
}

/** @param {RegExpMatchArray} match @param {number} depth @returns {Node} */
function tokenOf([whole, escaped, code, label, target, address, strong, em, strong2, em2], depth) {
  if (escaped !== undefined) return escaped;
  if (code !== undefined) return { tag: "code", children: [code] };
  if (label !== undefined) return linkTo(target, label) ?? whole;
  if (address !== undefined) return linkTo(address, address) ?? whole;
  const [bold, slanted] = [strong ?? strong2, em ?? em2];
  return { tag: bold === undefined ? "em" : "strong", children: inlineOf(bold ?? slanted, depth + 1) };
}

/** @param {string} address @param {string} text @returns {Node | null} null for an address that is invalid or has a user name, which may look like a host */
function linkTo(address, text) {
  const url = parsed(address);
  if (url?.protocol !== "https:" || url.username || url.password) return null;
  return { tag: "a", href: url.href, children: [text] };
}

/** @param {string} address */
function parsed(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
