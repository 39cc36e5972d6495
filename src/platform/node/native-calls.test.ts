import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
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

it("threads start whatever options Node itself was started with", async () => {
  const program = `
    import { compile } from ${built("compile")};
    import { hostArray, mul } from ${built("array")};
    const compiled = await compile((x) => mul(x, 2), [hostArray([1], [1])], { replicas: 2, threads: 2 });
    const runs = await Promise.all([3, 4].map((value) => compiled.run(hostArray([value], [1]))));
    console.log(runs.map(({ data }) => data[0]).join());
    await compiled.dispose();`;
  const folder = await mkdtemp(join(tmpdir(), "vfm-options-"));
  await writeFile(join(folder, "program.mjs"), program);
  for (const options of [
    ["--max-old-space-size=512", "--expose-gc", join(folder, "program.mjs")],
    ["--max-old-space-size=512", "--input-type", "module", "-e", program],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, options);
    expect([status, stdout.toString(), stderr.toString()]).toEqual([0, "6,8\n", ""]);
  }
  await rm(folder, { recursive: true });
});
