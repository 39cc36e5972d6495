import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import { vfm } from "./support/command-line.js";

const dockerfile = "deploy/Dockerfile";
const unit = "deploy/vfm-serve.service";
const systemdAnalyze = "/usr/bin/systemd-analyze";

/** The names of the options on a line. */
const optionsIn = (text: string): string[] => text.match(/--[a-z][a-z-]+/g) ?? [];

describe("what the service is deployed with", () => {
  it("is a Dockerfile without a fault, whose program is the package's", async () => {
    const text = await readFile(dockerfile, "utf8");
    expect(validate(text)).toEqual([]);
    const { bin } = JSON.parse(await readFile("package.json", "utf8")) as { bin: { vfm: string } };
    expect(text).toContain(`"/app/node_modules/variational-flow-maps/${bin.vfm}"`);
  });

  it.skipIf(!existsSync(systemdAnalyze))("is a unit that systemd takes", async () => {
    const { stderr } = await promisify(execFile)(systemdAnalyze, ["verify", unit]);
    // Units of the machine itself are none of ours.
    expect(stderr.split("\n").filter((line) => line.includes("vfm-serve"))).toEqual([]);
  });

  it("names options that the service has", async () => {
    const { out: help } = await vfm("serve", "--help");
    const known = optionsIn(help);
    const lines = await Promise.all([dockerfile, unit].map((path) => readFile(path, "utf8")));
    const given = lines.flatMap((text) => text.split("\n").filter((line) => /^(ENTRYPOINT|ExecStart=)/.test(line)));
    expect(given).toHaveLength(2);
    for (const option of given.flatMap(optionsIn)) expect(known).toContain(option);
  });
});
