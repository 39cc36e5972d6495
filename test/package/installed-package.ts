import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../browser/bundle.js";

/** What a program printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

/** An empty project in which the packed package was installed by npm. */
export interface InstalledPackage {
  folder: string;
  /** The names that `exports` gives: "variational-flow-maps", "variational-flow-maps/array" and so on. */
  entries: readonly string[];
  write(name: string, text: string): Promise<void>;
  /** Runs Node in the folder. */
  node(...argv: string[]): Promise<Printed>;
  /** Whether onnxruntime-node is installed: as this clone has it, or not at all. */
  setNative(present: boolean): Promise<void>;
  remove(): Promise<void>;
}

const run = async (folder: string, command: string, argv: readonly string[]): Promise<Printed> => {
  // npm tells the programs that it starts of its settings: the project's own must not reach this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  return promisify(execFile)(command, argv, { cwd: folder, env, maxBuffer: 2 ** 26 });
};

/**
 * Packs the package and installs it in an empty folder, as a user does. npm takes the dependencies from its cache, which
 * `npm ci` filled, and asks the registry for what is not there: no network is needed beyond that of `npm ci`. Scripts of
 * dependencies run; that of onnxruntime-node may fail, for it is optional.
 */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "vfm-package-")));
  await run(root, "npm", ["run", "--silent", "build"]);
  const packed = await run(root, "npm", ["pack", "--json", "--pack-destination", folder]);
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run(folder, "npm", ["install", "--prefer-offline", "--no-progress", join(folder, filename)]);
  const { name, exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    name: string;
    exports: Record<string, unknown>;
  };
  const native = join(folder, "node_modules", "onnxruntime-node");
  return {
    folder,
    entries: Object.keys(exports).map((path) => name + path.slice(1)),
    write: (file, text) => writeFile(join(folder, file), text),
    node: (...argv) => run(folder, process.execPath, argv),
    async setNative(present) {
      await rm(native, { recursive: true, force: true });
      const own = join(root, "node_modules", "onnxruntime-node");
      if (present && existsSync(own)) await symlink(await realpath(own), native);
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
