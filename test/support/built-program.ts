import { fileURLToPath } from "node:url";

/** The program `vfm` as users have it, for a process of its own: `build.ts` builds it before the tests. */
export const builtProgram = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
