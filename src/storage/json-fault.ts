/** The tokens of JSON, each with its preceding white space. */
const token =
  /[ \t\r\n]*(?:([[\]{},:])|("(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy;

/** What may come next. */
type Expected = "value" | "value or end" | "key" | "key or end" | "colon" | "comma or end";

/**
 * Finds the first place at which a text stops being valid JSON.
 *
 * @returns its line and column, from 1; `ends` if the text ends there; undefined if the text is valid JSON
 */
export function jsonFault(text: string): { line: number; column: number; ends: boolean } | undefined {
  // The open arrays and objects: true for an object.
  const open: boolean[] = [];
  let expected: Expected | undefined = "value";
  token.lastIndex = 0;
  while (expected !== undefined) {
    const start = token.lastIndex;
    const found = token.exec(text);
    const next: Expected | "done" | undefined = found === null ? undefined : after(found, expected, open);
    if (next === undefined) return placeOf(text, start);
    expected = next === "done" ? undefined : next;
  }
  const rest = /[^ \t\r\n]/.exec(text.slice(token.lastIndex));
  return rest === null ? undefined : placeOf(text, token.lastIndex);
}

/**
 * What may come after a token, which updates `open`; `done` after the whole value; undefined if the token is not
 * allowed here.
 */
function after(
  [, mark, key, value]: RegExpExecArray,
  expected: Expected,
  open: boolean[],
): Expected | "done" | undefined {
  const closed = (): Expected | "done" => (open.length === 0 ? "done" : "comma or end");
  if (mark === "]" || mark === "}") {
    if (!expected.endsWith("or end") || open.pop() !== (mark === "}")) return undefined;
    return closed();
  }
  switch (expected) {
    case "value":
    case "value or end":
      if (mark === "{" || mark === "[") {
        open.push(mark === "{");
        return mark === "{" ? "key or end" : "value or end";
      }
      return key !== undefined || value !== undefined ? closed() : undefined;
    case "key":
    case "key or end":
      return key === undefined ? undefined : "colon";
    case "colon":
      return mark === ":" ? "value" : undefined;
    case "comma or end":
      return mark === "," ? (open[open.length - 1] ? "key" : "value") : undefined;
  }
}

function placeOf(text: string, start: number): { line: number; column: number; ends: boolean } {
  const place = start + (/^[ \t\r\n]*/.exec(text.slice(start))?.[0].length ?? 0);
  const before = text.slice(0, place).split("\n");
  return { line: before.length, column: before[before.length - 1].length + 1, ends: place === text.length };
}
