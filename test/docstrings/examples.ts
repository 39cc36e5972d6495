import { readFileSync } from "node:fs";
import ts from "typescript";

/** A function that the package exports, with what its docstring says. */
export interface PublicFunction {
  /** Where it is imported from, e.g. "variational-flow-maps/array". */
  readonly entry: string;
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
}

/** The public functions, and from where each public name is imported: an entry's names by the entry. */
export interface PublicFace {
  readonly functions: readonly PublicFunction[];
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
}

const root = process.cwd();
const packageFile = JSON.parse(readFileSync("package.json", "utf8")) as {
  name: string;
  exports: Record<string, { default: string }>;
};
const entries = Object.entries(packageFile.exports).map(([path, { default: built }]) => ({
  name: packageFile.name + path.slice(1),
  source: built.replace("./dist/", `${root}/`).replace(/\.js$/, ".ts"),
}));
const prelude = `${root}/test/docstrings/prelude.ts`;

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(ts.readConfigFile("tsconfig.json", ts.sys.readFile).config, ts.sys, root).options,
  noUnusedLocals: false,
  noEmit: true,
};

// The program of the examples takes the source files that the first one read.
const parsed = new Map<string, ts.SourceFile | undefined>();

function programOf(files: readonly string[], texts: ReadonlyMap<string, string> = new Map()): ts.Program {
  const host = ts.createCompilerHost(options, true);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.getSourceFile = (file, target) => {
    const text = texts.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, target, true);
    if (!parsed.has(file)) parsed.set(file, getSourceFile(file, target));
    return parsed.get(file);
  };
  return ts.createProgram(files, options, host);
}

/** Reads what the package exports from its sources. A function of two entries is told of once, of the more special one. */
export function publicFace(): PublicFace {
  const program = programOf(entries.map(({ source }) => source));
  const checker = program.getTypeChecker();
  const exportsOf = (file: string): ts.Symbol[] => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    return module === undefined ? [] : checker.getExportsOfModule(module);
  };
  const functions = new Map<ts.Symbol, PublicFunction>();
  const collect = (entry: string, symbols: readonly ts.Symbol[], prefix = ""): void => {
    for (const exported of symbols) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const name = prefix + exported.name;
      if (symbol.flags & ts.SymbolFlags.Module) collect(entry, checker.getExportsOfModule(symbol), `${name}.`);
      if (!(symbol.flags & ts.SymbolFlags.Value)) continue;
      if (checker.getTypeOfSymbol(symbol).getCallSignatures().length === 0) continue;
      functions.set(symbol, {
        entry,
        name,
        description: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
        examples: symbol
          .getJsDocTags(checker)
          .filter((tag) => tag.name === "example")
          .map((tag) => ts.displayPartsToString(tag.text)),
      });
    }
  };
  for (const { name, source } of entries) collect(name, exportsOf(source));
  const namesOf = ({ name, source }: (typeof entries)[number]): [string, Set<string>] => [
    name,
    new Set(exportsOf(source).map((symbol) => symbol.name)),
  ];
  return { functions: [...functions.values()], names: new Map(entries.map(namesOf)) };
}

/**
 * Compiles every example, as a function in a file of its own, in one strict program. The public names that it uses are imported:
 * from the function's own entry, else from the first that has them; the others are those of the prelude.
 *
 * @returns what is wrong, each with the function's name
 */
export function compileExamples({ functions, names }: PublicFace): string[] {
  const owners = new Map<string, PublicFunction>();
  const texts = new Map<string, string>();
  for (const owner of functions)
    for (const [i, example] of owner.examples.entries()) {
      const file = `${root}/test/docstrings/${owner.entry.replaceAll("/", "-")}-${owner.name}-${i}.ts`;
      owners.set(file, owner);
      texts.set(file, moduleOf(example, owner.entry, names));
    }
  const program = programOf([...entries.map(({ source }) => source), prelude, ...texts.keys()], texts);
  return [...owners].flatMap(([file, { entry, name }]) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start = 0 }) => {
        const text = source?.text ?? "";
        const line = text.slice(text.lastIndexOf("\n", start - 1) + 1).split("\n", 1)[0];
        return `${name} of ${entry}: ${ts.flattenDiagnosticMessageText(messageText, " ")} In: ${line.trim()}`;
      },
    );
  });
}

function moduleOf(example: string, own: string, names: PublicFace["names"]): string {
  const from = new Map<string, string[]>();
  for (const word of new Set(example.match(/[A-Za-z_]\w*/g))) {
    const entry = [own, ...names.keys()].find((one) => names.get(one)?.has(word)) ?? prelude;
    from.set(entry, [...(from.get(entry) ?? []), word]);
  }
  const given = new Set(readFileSync(prelude, "utf8").match(/\b\w+(?=: [\w.]+[,;])/g));
  const imports = [...from].map(([entry, words]) =>
    entry === prelude
      ? `import { ${words.filter((word) => given.has(word)).join(", ")} } from "./prelude.js";`
      : `import { ${words.join(", ")} } from "${entry}";`,
  );
  return `${imports.join("\n")}\nexport async function example() {\n${example}\n}\n`;
}
