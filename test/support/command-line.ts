import { runCommandLine } from "../../src/cli/program.js";

/** What a command line printed and its exit code. */
export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

/** Runs a command line of `vfm` in this process. */
export async function vfm(...argv: string[]): Promise<CommandResult> {
  const result = { out: "", err: "" };
  const code = await runCommandLine(argv, {
    out: (text) => void (result.out += text),
    err: (text) => void (result.err += text),
  });
  return { code, ...result };
}
