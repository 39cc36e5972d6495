import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForBrowser, root } from "../browser/bundle.js";
import { chromiumPath, startChromium } from "../browser/chromium.js";
import { servePage } from "../browser/server.js";
import { type InstalledPackage, installPackage } from "./installed-package.js";

// The package as npm packs and installs it, not the sources: see `installPackage` for what that needs.
let installed: InstalledPackage;
let twentyLines: string;
let readmeExample: string;
beforeAll(async () => {
  installed = await installPackage();
  twentyLines = await readFile(join(root, "test/package/twenty-lines.ts"), "utf8");
  const readme = await readFile(join(root, "README.md"), "utf8");
  [, readmeExample] = /```ts\n(import .*?)```/s.exec(readme) ?? [];
  await installed.write("twenty-lines.ts", twentyLines);
  await installed.write("readme.ts", readmeExample);
  await installed.write("readme.mjs", readmeExample);
}, 300_000);
afterAll(() => installed.remove());

const isomorphic = (): string[] => installed.entries.filter((name) => !name.endsWith("/node"));
/** A program that uses every one of the entries. */
const programOf = (names: readonly string[]): string =>
  [...names.map((name, i) => `export * as entry${i} from "${name}";`), ""].join("\n");

describe("a strict program", () => {
  const compile = async (name: string, files: string[], options: Record<string, unknown>): Promise<string> => {
    const strict = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: "ES2022",
    };
    await installed.write(name, JSON.stringify({ compilerOptions: { ...strict, ...options }, files }));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    return installed.node(tsc, "--project", name).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
  };

  it.each([
    ["nodenext", "nodenext", ["ES2022", "DOM"]],
    ["bundler", "esnext", ["ES2023", "DOM"]],
  ])("of all entries but ./node compiles under %s without Node's types", async (moduleResolution, module, lib) => {
    await installed.write("isomorphic.ts", programOf(isomorphic()));
    const files = ["isomorphic.ts", "twenty-lines.ts"];
    const options = { moduleResolution, module, lib, types: [] };
    expect(await compile(`tsconfig.${moduleResolution}.json`, files, options)).toBe("");
  });

  // ./node speaks of Node's own types, as its name says: @types/node belongs to it.
  it.each([
    ["nodenext", "nodenext", ["ES2022", "DOM"]],
    ["bundler", "esnext", ["ES2023", "DOM"]],
  ])("of ./node and README's example compiles under %s with them", async (moduleResolution, module, lib) => {
    await installed.write("node.ts", programOf(["variational-flow-maps/node"]));
    const types = { types: ["node"], typeRoots: [join(root, "node_modules/@types")] };
    const options = { moduleResolution, module, lib, ...types };
    expect(await compile(`tsconfig.${moduleResolution}-node.json`, ["node.ts", "readme.ts"], options)).toBe("");
  });
});

describe("in Node", () => {
  it("README's example runs as pasted", async () => {
    await installed.setNative(true);
    expect(await installed.node("readme.mjs")).toEqual({ stdout: "[ 4, 16, 1, 28, 28 ]\n", stderr: "" });
  });

  it("twenty lines train and sample; without onnxruntime-node on WebAssembly, with one line that says so", async () => {
    await installed.write("twenty-lines.mjs", (await transform(twentyLines, { loader: "ts" })).code);
    await installed.setNative(true);
    const native = await installed.node("twenty-lines.mjs");
    await installed.setNative(false);
    const wasm = await installed.node("twenty-lines.mjs");
    expect(native.stderr).toBe("");
    expect(wasm.stderr).toMatch(/^onnxruntime-node is not installed: running on WebAssembly[^\n]*\n$/);
    expectPosterior(native.stdout);
    expectPosterior(wasm.stdout);
  });

  it("the command runs", async () => {
    const vfm = join("node_modules", ".bin", "vfm");
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    expect(await installed.node(vfm, "--version")).toEqual({ stdout: `${version}\n`, stderr: "" });
  });
});

describe("for a browser", () => {
  it("every entry but ./node is bundled without a module of Node's and none left empty", async () => {
    for (const name of isomorphic()) {
      const stdin = { contents: programOf([name]), resolveDir: installed.folder };
      const { metafile } = await bundleInstalled({ stdin });
      const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
      expect(
        imports.filter(({ external }) => external),
        name,
      ).toEqual([]);
      expect(
        Object.keys(metafile.inputs).filter((path) => path.startsWith("(disabled)")),
        name,
      ).toEqual([]);
    }
  });

  const lacking = chromiumPath === undefined ? ": skipped, for there is no Chromium (apt-get install chromium)" : "";
  it.skipIf(chromiumPath === undefined)(`the same twenty lines train and sample in a page${lacking}`, async () => {
    // Where ONNX Runtime's files are served is a page's own matter.
    await installed.write(
      "page.ts",
      `import { configureWasm } from "variational-flow-maps/compile";
       configureWasm({ files: "/ort/" });
       await import("./twenty-lines.js");`,
    );
    const { outputFiles } = await bundleInstalled({ entryPoints: ["page.ts"] });
    const server = await servePage(outputFiles[0].contents, true);
    const browser = await startChromium();
    try {
      const tab = await browser.newPage();
      const printed = tab.waitForEvent("console", { predicate: (message) => message.type() === "log" });
      await tab.goto(server.url);
      expectPosterior((await printed).text());
    } finally {
      await browser.close();
      await server.close();
    }
  });
});

async function bundleInstalled(options: Parameters<typeof build>[0]) {
  return bundleForBrowser({ absWorkingDir: installed.folder, plugins: [], ...options });
}

/** p(x | y = 0.5) of standard normal x, y = x1 + 0.1 e: the mean is 0.5 / 1.01 of the first coordinate, 0 of the second. */
function expectPosterior(printed: string): void {
  const [shape, first, second] = JSON.parse(printed) as [number[], number, number];
  expect(shape).toEqual([1, 200, 2]);
  expect(Math.abs(first - 0.5 / 1.01)).toBeLessThan(0.15);
  expect(Math.abs(second)).toBeLessThan(0.3);
}
