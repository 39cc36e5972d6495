import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellWord } from "./shell-word.js";

it("plain names stay as they are", () => {
  for (const name of ["a/b-1.json", "../run_2", "."]) expect(shellWord(name)).toBe(name);
});

it.skipIf(process.platform === "win32")("a shell reads the name back", () => {
  for (const name of ["a b", "it's", "$HOME", 'say "no"', "a;b", "*", "~", ""]) {
    const { stdout } = spawnSync("sh", ["-c", `printf %s ${shellWord(name)}`], { encoding: "utf8" });
    expect(stdout).toBe(name);
  }
});
