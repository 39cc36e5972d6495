#!/usr/bin/env node
import { Command } from "commander";
import { runProgram } from "../src/cli/standalone.js";
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

const program = new Command("bench").description("Speeds as ratios against a peer measured in the same run.");
await runProgram(program, (add) => {
  add(stepBenchmark);
  add(unetBenchmark);
  add(scaleBenchmark);
  add(decodeBenchmark);
  add(sampleBenchmark);
  add(serveBenchmark);
  add(memoryBenchmark);
  add(photographBenchmark);
  add(folderBenchmark);
  add(ranksBenchmark);
  add(tilesBenchmark);
  add(updateBenchmark);
});
