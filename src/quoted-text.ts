/** What a terminal obeys, or a reader does not see: control characters, marks of direction and width, separators, halves of pairs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const shortForms: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text with every character that is not printable as an escape, such as \u001b. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => shortForms[character] ?? escapeOf(character));
}

/** JSON text with every character that is not printable as an escape of JSON: it means the same. */
export function printableJson(json: string): string {
  return json.replace(unprintable, escapeOf);
}

/** As many characters of a name are shown. */
const longestName = 120;

/** Text out of a file, as a message shows it: printable, and cut where it is long. */
export function quoted(text: string, longest = longestName): string {
  const shown = printable(text.slice(0, longest + 1));
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown;
}

const listed = 8;

/** Names out of a file, as a message lists them: the first ones, and how many more there are. */
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
