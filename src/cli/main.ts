#!/usr/bin/env node
import { exitCodes } from "./command.js";
import { runCommandLine } from "./program.js";

// A disk that is full, or a reader that has gone: what was asked for did not arrive.
let unwritten: NodeJS.ErrnoException | undefined;
const written = (error?: Error | null): void => {
  unwritten ??= error ?? undefined;
};
process.stdout.on("error", written);

const exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text, written),
  err: (text) => process.stderr.write(text),
});

// What an interrupted command left unfinished must not hold the process; the empty text is written after all others.
process.stdout.write("", () => {
  if (unwritten === undefined) process.exit(exitCode);
  if (unwritten.code !== "EPIPE")
    process.stderr.write(`vfm: the result could not be written to stdout: ${unwritten.message}\n`);
  process.exit(exitCodes.failed);
});
