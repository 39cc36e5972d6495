#!/usr/bin/env node
import { runCommandLine } from "./program.js";

const exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});

// What an interrupted command left unfinished must not hold the process; the empty text is written after all others.
process.stdout.write("", () => process.exit(exitCode));
