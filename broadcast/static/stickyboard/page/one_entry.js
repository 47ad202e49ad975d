// @ts-check
/** For widgets that draw one event as a whole: the newest, or the one that the user chooses in the scene's menu. */

import { plural } from "./format.js";
import { isolated, nameText } from "./safe_text.js";

const MAX_CHOICES = 50;
const NEWEST = { value: "", title: "Newest" };

/** @type {Option} */
export const ENTRY_OPTION = { name: "entry", title: "Show", choices: choicesOf };

/** @param {Entry[]} entries @param {Context} context @returns {{entry: Entry | undefined, hidden: string}} and a sentence about the others */
export function chosenEntry(entries, { options }) {
  const [newest, ...older] = newestFirst(entries);
  const chosen = options?.entry ? entries.find(({ key }) => key === options.entry) : undefined;
  const entry = chosen ?? newest;
  if (older.length === 0) return { entry, hidden: "" };
  const others = plural(older.length, "other is", "others are");
  if (!isNamed(entry)) return { entry, hidden: `The newest is shown; ${others} not.` };
  return { entry, hidden: `${isolated(entry.key)}${chosen ? "" : ", the newest,"} is shown; ${others} in the menu.` };
}

/** @param {Entry[]} entries @returns {Choice[]} */
function choicesOf(entries) {
  const named = newestFirst(entries).filter(isNamed).slice(0, MAX_CHOICES);
  return named.length < 2 ? [] : [NEWEST, ...named.map(({ key }) => ({ value: key, title: nameText(key) }))];
}

/** Whether its key says what it is. Without a key, an event has its revision as the key. @param {Entry} entry */
function isNamed({ key, revision }) {
  return key !== String(revision);
}

/** @param {Entry[]} entries */
function newestFirst(entries) {
  return [...entries].sort((a, b) => b.at - a.at || b.revision - a.revision);
}
