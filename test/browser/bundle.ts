import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type BuildResult, type Plugin } from "esbuild";

/** The folder of the package. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Bundles for a browser as a user's bundler does, without any of Node's modules: the sources of this package, unless
 * `absWorkingDir` is a project that has it installed and `plugins` is empty.
 */
export async function bundleForBrowser(
  options: BuildOptions,
): Promise<BuildResult<{ write: false; metafile: true; absWorkingDir: string }>> {
  return build({
    absWorkingDir: root,
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    outdir: "bundle",
    logLevel: "silent",
    plugins: [sourcesOfImports],
    ...options,
    write: false,
    metafile: true,
  });
}

// The package's imports name built files: here their sources are meant, but chosen by the same conditions.
const sourcesOfImports: Plugin = {
  name: "sources of imports",
  setup({ onResolve }) {
    onResolve({ filter: /^#/ }, async ({ path }) => {
      const { imports } = JSON.parse(await readFile(`${root}/package.json`, "utf8")) as {
        imports: Record<string, Record<string, string>>;
      };
      return { path: `${root}/${imports[path].browser.replace("./dist/", "").replace(/\.js$/, ".ts")}` };
    });
  },
};
