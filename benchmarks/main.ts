#!/usr/bin/env node
import { Command } from "commander";
import { addCommand, exitCodes, reportError, type Streams } from "../src/cli/command.js";
import { decodeBenchmark } from "./decode.js";
import { folderBenchmark } from "./folder.js";
import { memoryBenchmark } from "./memory.js";
import { photographBenchmark } from "./photograph.js";
import { ranksBenchmark } from "./ranks.js";
import { sampleBenchmark } from "./sample.js";
import { scaleBenchmark } from "./scale.js";
import { serveBenchmark } from "./serve.js";
import { stepBenchmark } from "./step.js";
import { tilesBenchmark } from "./tiles.js";
import { unetBenchmark } from "./unet.js";
import { updateBenchmark } from "./update.js";

const streams: Streams = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};
let exitCode: number = exitCodes.done;
const program = new Command("bench")
  .description("Speeds as ratios against a peer measured in the same run.")
  .exitOverride();
addCommand(program, stepBenchmark, streams, (code) => (exitCode = code));
addCommand(program, unetBenchmark, streams, (code) => (exitCode = code));
addCommand(program, scaleBenchmark, streams, (code) => (exitCode = code));
addCommand(program, decodeBenchmark, streams, (code) => (exitCode = code));
addCommand(program, sampleBenchmark, streams, (code) => (exitCode = code));
addCommand(program, serveBenchmark, streams, (code) => (exitCode = code));
addCommand(program, memoryBenchmark, streams, (code) => (exitCode = code));
addCommand(program, photographBenchmark, streams, (code) => (exitCode = code));
addCommand(program, folderBenchmark, streams, (code) => (exitCode = code));
addCommand(program, ranksBenchmark, streams, (code) => (exitCode = code));
addCommand(program, tilesBenchmark, streams, (code) => (exitCode = code));
addCommand(program, updateBenchmark, streams, (code) => (exitCode = code));
try {
  await program.parseAsync();
} catch (error) {
  exitCode = reportError(error, streams, process.argv.includes("--json"));
}
process.stdout.write("", () => process.exit(exitCode));
