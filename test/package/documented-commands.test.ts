import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.js";
import { root } from "../browser/bundle.js";
import { commandsIn, documents, linksIn, pathsIn } from "./documents.js";

const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

const program = (): Command => createProgram({ out: () => undefined, err: () => undefined }, () => undefined);
/** Every command, those inside others too. */
const commandsOf = (parent: Command): Command[] =>
  parent.commands.flatMap((command) => (command.commands.length > 0 ? commandsOf(command) : [command]));

const exampleOf = (command: Command): string => {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  const [, example] = /Example:\n {2}(.+)/.exec(help) ?? [];
  return example;
};

/** Options whose values are files or folders that have to be there, and what a command writes. */
const inputs = ["image", "observation", "checkpoint", "frozen", "reportFrom", "results", "config", "tuned"];
// The published files that `vfm import` reads come from elsewhere.
const argumentsThatAreFiles = ["init", "train", "cost", "initialise"];
/** What stands for a path of the reader's own. */
const isPlaceholder = (path: string): boolean =>
  /[$*<{]|(?:^|\/)[A-Z]+(?:\.|$)/.test(path) || ["x.png", "photo.png", "y.safetensors", "config.json"].includes(path);

interface Parsed {
  /** Files and folders that the command reads, and those that it writes. */
  reads: string[];
  writes: string[];
}

/** Takes a command line of `vfm` apart as the program does. Throws if the program would not take it. */
function parse(line: string): Parsed {
  const words = line.split(/\s+/).slice(1);
  let command = program();
  for (;;) {
    const found = command.commands.find((each) => each.name() === words[0]);
    if (found === undefined) break;
    command = found;
    words.shift();
  }
  if (command.commands.length > 0) return { reads: [], writes: [] };
  // An option without its value is spoken of, not given.
  const last = command.options.find(({ long }) => long === words.at(-1));
  const { operands, unknown } = command.parseOptions(last?.required === true ? words.slice(0, -1) : words);
  if (unknown.length > 0) throw new Error(`${line}: there is no ${unknown[0]}`);
  const options = command.opts<Record<string, unknown>>();
  const given = (names: readonly string[]): string[] =>
    names
      .filter((name) => ["cli", "default"].includes(command.getOptionValueSource(name) ?? ""))
      .flatMap((name) => options[name])
      .filter((value) => typeof value === "string");
  const files = argumentsThatAreFiles.includes(command.name()) ? operands : [];
  const out = command.name() === "train" && options.out === undefined && files.length > 0;
  const isInit = command.name() === "init";
  return {
    reads: isInit ? given(inputs) : [...files, ...given(inputs)],
    writes: [
      ...given(["out", "onnx"]),
      ...(isInit ? files : []),
      ...(out ? [join("runs", basename(files[0], ".json"))] : []),
    ],
  };
}

/** What lies in the folders that a loop of the shell names by a variable. */
const loopOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^{}()|[\]\\]/g, "\\$&").replaceAll(/\$\w+/g, "[^/]+")}(?:/|$)`);

/** What the commands read that is neither there, nor written by one of them, nor a placeholder. */
function missing(lines: readonly string[], folder: string): string[] {
  const parsed = lines.map(parse);
  const written = parsed.flatMap(({ writes }) => writes);
  const isThere = (path: string): boolean =>
    isPlaceholder(path) ||
    existsSync(path.startsWith("/") ? path : join(folder, path)) ||
    written.some((made) => path === made || path.startsWith(`${made}/`) || loopOf(made).test(path));
  return parsed.flatMap(({ reads }) => reads).filter((path) => !isThere(path));
}

describe("the examples of --help", () => {
  const examples = commandsOf(program()).map(exampleOf);

  it("are command lines, and read nothing but what ships or what another one writes", () => {
    expect(examples.length).toBeGreaterThan(15);
    for (const example of examples) expect(example).toMatch(/^vfm /);
    // In an empty folder, as after `npm install`.
    expect(missing(examples, join(root, "no such folder"))).toEqual([]);
  });

  it("a path that does not ship is noticed", () => {
    const stale = ["vfm train experiments/none.json --out runs/x", "vfm evaluate --checkpoint checkpoints/none"];
    expect(missing(stale, root)).toEqual(["experiments/none.json", "checkpoints/none"]);
    expect(() => parse("vfm sample --imge x.png")).toThrow("there is no --imge");
  });
});

describe.each(await documents())("%s", (name, text) => {
  const commands = commandsIn(text);

  it("names files that are there, in what its commands read", () => {
    expect(missing(commands.vfm, root)).toEqual([]);
  });

  it("names scripts and programs that are there", () => {
    expect(commands.scripts.filter((script) => !(script in scripts))).toEqual([]);
    expect(commands.programs.filter((path) => !isPlaceholder(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it("links to files that are there, and speaks of those that are", () => {
    const at = join(root, name, "..");
    expect(linksIn(text).filter((path) => !existsSync(join(at, path)))).toEqual([]);
    expect(pathsIn(text).filter((path) => !isPlaceholder(path) && !existsSync(join(root, path)))).toEqual([]);
  });
});
