import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../browser/bundle.js";

/** The Markdown files of the repository: their paths and texts. */
export async function documents(): Promise<[path: string, text: string][]> {
  const names = execFileSync("git", ["ls-files", "*.md"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await readFile(join(root, name), "utf8")]),
  );
}

/** The commands of a document's code, by what runs them. */
export interface DocumentedCommands {
  /** "vfm sample --image ...". */
  vfm: string[];
  /** Names of npm scripts. */
  scripts: string[];
  /** Files that are run by `npx tsx` or `node`. */
  programs: string[];
}

/** The commands in a document's blocks of shell and spans of code. */
export function commandsIn(text: string): DocumentedCommands {
  const lines = [...codeBlocks(text), ...codeSpans(text)].flatMap((code) =>
    code.split("\n").flatMap((line) =>
      line
        .replace(/\s+#.*$/, "")
        .split(/&&|;|\bdo\b|[{}|]/)
        .map((part) => part.trim()),
    ),
  );
  const all = (pattern: RegExp): string[] =>
    lines.flatMap((line) => [...line.matchAll(pattern)].map(([, found]) => found));
  return {
    // A span that names the command alone, or with an ellipsis, is no command line.
    vfm: all(/^(?:npm run (?:--silent )?vfm -- |vfm )(.+)/g)
      .filter((line) => !line.includes("..."))
      .map((line) => `vfm ${line}`),
    scripts: all(/^npm run (?:--silent )?([\w:]+)/g),
    programs: all(/^(?:npx tsx|node) ((?!-)\S+)/g),
  };
}

/** The relative links of a document, without their anchors. */
export function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, path]) => path).filter((path) => !/^\w+:/.test(path));
}

/** The paths from the root that spans of code name. */
export function pathsIn(text: string): string[] {
  return codeSpans(text).filter((span) =>
    /^(?:assets|benchmarks|checkpoints|docs|examples|src|test)\/[\w./-]+$/.test(span),
  );
}

function codeBlocks(text: string): string[] {
  const fenced = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, code]) => code);
  const indented = [...text.matchAll(/(?:^ {4}\S.*\n)+/gm)].map(([code]) => code.replaceAll(/^ {4}/gm, ""));
  return [...fenced, ...indented];
}

function codeSpans(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, "");
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code.replaceAll(/\s+/g, " "));
}
