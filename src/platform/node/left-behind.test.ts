import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { builtProgram } from "../../../test/support/built-program.js";

it("leaves nothing of a folder in which a process ends while it writes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vfm-left-behind-"));
  const storage = pathToFileURL(join(dirname(builtProgram), "../storage/index.js")).href;
  const program = `
    import { writeFileSync } from "node:fs";
    import { writeFileAtomically, writeFolderAtomically } from ${JSON.stringify(storage)};
    await writeFolderAtomically("whole", (inside) => writeFileAtomically(inside + "/file", "text"));
    await writeFolderAtomically("half", async (inside) => {
      writeFileSync(inside + "/file", "text");
      process.exit(3);
    });`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { cwd: folder });
  expect([status, stderr.toString()]).toEqual([3, ""]);
  expect(await readdir(folder)).toEqual(["whole"]);
  await rm(folder, { recursive: true });
});
