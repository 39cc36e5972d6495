import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { bundleForBrowser } from "./bundle.js";

const rules: string = new URL("../../eslint.config.js", import.meta.url).href;
const { isomorphicFolders } = (await import(rules)) as { isomorphicFolders: readonly string[] };

const publicFiles = (await readdir("src/public")).filter((file) => file !== "node.ts");
const entries = [
  ...isomorphicFolders.map((folder) => `${folder}/index.ts`),
  ...publicFiles.map((file) => `public/${file}`),
];

describe("a bundle for a browser", () => {
  it.each([...new Set(entries)])("of src/%s has no module of Node's and none left empty", async (entry) => {
    const { metafile, outputFiles } = await bundleForBrowser({ entryPoints: [`src/${entry}`] });
    expect(outputFiles).toHaveLength(1);
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    expect(imports.filter(({ external }) => external)).toEqual([]);
    expect(Object.keys(metafile.inputs).filter((path) => path.startsWith("(disabled)"))).toEqual([]);
  });
});
