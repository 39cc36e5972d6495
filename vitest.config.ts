import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

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
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A page answers at once on a machine that rests, later on one with other work to do.
    expect: { poll: { timeout: 60_000 } },
    pool: "forks",
    maxWorkers: 2,
  },
});
