#!/usr/bin/env node
import { processOutput } from "./process-output.js";
import { runCommandLine } from "./program.js";

const { streams, end } = processOutput("vfm");
end(await runCommandLine(process.argv.slice(2), streams));
