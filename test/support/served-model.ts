import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostFull } from "../../src/array/index.js";
import { loadCheckpoint } from "../../src/checkpoint/index.js";
import { defaultLimits, type Limits } from "../../src/serve/limits.js";
import { type ModelDescription } from "../../src/serve/sampling-worker.js";
import { sampleJobs } from "../../src/serve/sampling.js";
import { createServer, type ServerParts } from "../../src/serve/server.js";
import { type ProblemSpec } from "../../src/operators/index.js";
import { type TrainedModel } from "../../src/vfm/index.js";
import { writeTinyCheckpoint } from "./tiny-model.js";

/** A small untrained model of 8 x 8 pixels, with an update of one problem. Default: of the six problems of digits. */
export async function tinyModel(problems?: readonly ProblemSpec[]): Promise<TrainedModel> {
  const folder = await mkdtemp(join(tmpdir(), "vfm-served-"));
  try {
    await writeTinyCheckpoint(folder, 1, 8, problems);
    const { model } = await loadCheckpoint(folder);
    const residual = { scales: hostFull([64], 0.1), saturation: 0 };
    return { ...model, updates: new Map([["inpaint-box", { temperature: 1, residual }]]) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A server of the model in this thread, which is ready but does not listen, and the lines of its log. */
export async function serverOf(model: TrainedModel, limits: Partial<Limits> = {}, parts: Partial<ServerParts> = {}) {
  const description: ModelDescription = {
    shape: model.sampleShape,
    problems: model.problems.map(({ name, observation: { sigma } }) => ({
      name,
      sigma,
      updated: model.updates?.get(name)?.residual !== undefined,
    })),
  };
  const log: string[] = [];
  const server = await createServer({
    name: "tiny",
    model: description,
    version: "1.2.3",
    limits: { ...defaultLimits, ...limits },
    batchSize: 16,
    batchWait: 5,
    sample: (jobs) => sampleJobs(model, jobs, 16),
    log: (line) => log.push(line),
    ...parts,
  });
  server.setState("ready");
  return { ...server, log };
}
