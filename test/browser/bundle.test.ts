import { describe, expect, it } from "vitest";
import { bundleForBrowser } from "./bundle.js";

const rules: string = new URL("../../eslint.config.js", import.meta.url).href;
const { isomorphicFolders } = (await import(rules)) as { isomorphicFolders: readonly string[] };

describe("a bundle for a browser", () => {
  it.each(isomorphicFolders)("of src/%s has no module of Node's and none left empty", async (folder) => {
    const { metafile, outputFiles } = await bundleForBrowser({ entryPoints: [`src/${folder}/index.ts`] });
    expect(outputFiles).toHaveLength(1);
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    expect(imports.filter(({ external }) => external)).toEqual([]);
    expect(Object.keys(metafile.inputs).filter((path) => path.startsWith("(disabled)"))).toEqual([]);
  });
});
