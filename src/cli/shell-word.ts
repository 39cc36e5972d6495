/** A path as one word of a shell's command line: in quotes if it has other characters than those of plain names. */
export function shellWord(path: string): string {
  return /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
