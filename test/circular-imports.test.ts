import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { root } from "./browser/bundle.js";

/** The files of the project's own code that a file imports, types too. */
async function importsOf(path: string, files: ReadonlySet<string>): Promise<string[]> {
  const { importedFiles } = ts.preProcessFile(await readFile(path, "utf8"), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .flatMap(({ fileName }) => {
      const target = join(dirname(path), fileName);
      return [target.replace(/\.js$/, ".ts"), target.replace(/\.js$/, ".tsx"), target].filter((name) =>
        files.has(name),
      );
    });
}

/** The first circle that is found, as the paths of its files in order; empty if there is none. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

it("no file of the project imports itself through others", async () => {
  const listed = await Promise.all(
    ["src", "studies", "apps/studio/src", "apps/studio/build"].map(async (folder) => {
      const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    }),
  );
  const files = new Set(listed.flat().filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".test.ts")));
  const imports = new Map(
    await Promise.all([...files].map(async (path) => [path, await importsOf(path, files)] as const)),
  );
  expect([...imports.values()].flat().length).toBeGreaterThan(1000);
  expect(circleIn(imports).map((path) => relative(root, path))).toEqual([]);
});

it("a circle is found", () => {
  const imports = new Map([
    ["a", ["b", "d"]],
    ["b", ["c"]],
    ["c", ["b"]],
    ["d", []],
  ]);
  expect(circleIn(imports)).toEqual(["b", "c", "b"]);
});
