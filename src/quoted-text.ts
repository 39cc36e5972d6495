/**
 * Characters that control a terminal or are invisible: control characters, marks of direction and width, separators,
 * lone surrogates.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const shortForms: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text with every unprintable character escaped, such as \u001b. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => shortForms[character] ?? escapeOf(character));
}

/** JSON text with every unprintable character as a JSON escape, which does not change its meaning. */
export function printableJson(json: string): string {
  return json.replace(unprintable, escapeOf);
}

/** Number of characters of a name that are shown. */
const longestName = 120;

/** Text from a file for a message: printable, and shortened if it is long. */
export function quoted(text: string, longest = longestName): string {
  const shown = printable(text.slice(0, longest + 1));
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}

const listed = 8;

/** Names from a file for a message: the first ones, and the number of others. */
export function quotedList(names: readonly string[]): string {
  const more = names.length > listed ? ` and ${names.length - listed} more` : "";
  return `${names
    .slice(0, listed)
    .map((name) => quoted(name))
    .join(", ")}${more}`;
}

function escapeOf(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}
