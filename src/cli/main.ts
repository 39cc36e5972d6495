#!/usr/bin/env node
import { exitCodes } from "./command.js";
import { runCommandLine } from "./program.js";

// The disk is full, or the reader of a pipe has closed it: the output did not arrive.
let unwritten: NodeJS.ErrnoException | undefined;
const written = (error?: Error | null): void => {
  unwritten ??= error ?? undefined;
};
process.stdout.on("error", written);
// Without its messages a command continues: nobody reads them any more.
process.stderr.on("error", () => undefined);

const exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text, written),
  err: (text) => process.stderr.write(text),
});

// Work that an interrupted command abandoned must not keep the process alive; the empty text is written after all others.
process.stdout.write("", () => {
  if (unwritten === undefined) process.exit(exitCode);
  if (unwritten.code !== "EPIPE")
    process.stderr.write(`vfm: the result could not be written to stdout: ${unwritten.message}\n`);
  process.exit(exitCodes.failed);
});
