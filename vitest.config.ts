import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// The files that take minutes. They begin first, so that none of them keeps a single worker busy at the end.
const longest = [
  "test/browser/studio/studio.test.ts",
  "test/examples/examples.test.ts",
  "test/mpi/mpi.test.ts",
  "test/observation-update.test.ts",
  "test/browser/webgpu.test.ts",
  "test/mpi/restore.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((name) => moduleId.endsWith(name));
      return index < 0 ? longest.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  resolve: {
    alias: Object.fromEntries(
      ["files", "runtime"].map((name) => [
        `#${name}`,
        fileURLToPath(new URL(`src/platform/node/${name}.ts`, import.meta.url)),
      ]),
    ),
  },
  test: {
    include: ["src/**/*.test.ts", "apps/**/*.test.ts", "studies/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A page answers at once on a machine that rests, later on one with other work to do.
    expect: { poll: { timeout: 60_000 } },
    globalSetup: "test/support/build.ts",
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
