import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { builtProgram } from "../../../test/support/built-program.js";

const built = (path: string): string =>
  JSON.stringify(pathToFileURL(join(dirname(builtProgram), "..", path, "index.js")).href);

// Without waiting, about half of such processes end with SIGABRT.
it("a process that exits while its threads compute ends with its own code, once their calls have returned", () => {
  const program = `
    import { compile } from ${built("compile")};
    import { hostFull, matmul } from ${built("array")};
    const x = hostFull([300, 300], 0.01);
    const power = (a) => Array.from({ length: 20 }).reduce((product) => matmul(product, a), a);
    const compiled = await compile(power, [x], { replicas: 3, threads: 3 });
    const runAgain = async () => { for (;;) await compiled.run(x); };
    for (let i = 0; i < 3; i++) void runAgain();
    setTimeout(() => process.exit(7), 200);`;
  for (let time = 0; time < 5; time++) {
    const { status, signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program]);
    expect({ status, signal, err: stderr.toString() }).toEqual({ status: 7, signal: null, err: "" });
  }
});
