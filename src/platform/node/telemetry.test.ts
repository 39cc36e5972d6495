import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { builtProgram } from "../../../test/support/built-program.js";

const built = (path: string): string =>
  JSON.stringify(pathToFileURL(join(dirname(builtProgram), "..", path, "index.js")).href);

it("ONNX Runtime keeps no telemetry in the user's home folder", async () => {
  const program = `
    import { compile } from ${built("compile")};
    import { hostArray, mul } from ${built("array")};
    const compiled = await compile((x) => mul(x, 2), [hostArray([1], [1])]);
    await compiled.run(hostArray([3], [1]));
    await compiled.dispose();`;
  const home = await mkdtemp(join(tmpdir(), "vfm-home-"));
  const { ORT_DISABLE_TELEMETRY: _ours, XDG_CACHE_HOME: _cache, ...inherited } = process.env;
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    env: { ...inherited, HOME: home },
  });
  expect(status).toBe(0);
  expect(await readdir(home)).toEqual([]);
  await rm(home, { recursive: true });
});
