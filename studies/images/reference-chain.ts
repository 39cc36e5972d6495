import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostArray, type HostArray } from "../../src/array/index.js";
import { InputError } from "../../src/errors.js";
import { drawSamples, type ProblemSamples, type SampleTask } from "../../src/evaluate/index.js";
import { decodeSafetensors, encodeSafetensors, writeFileAtomically } from "../../src/storage/index.js";
import { type Entrant } from "./entrants.js";

/** Reads the reference chain's samples from their file, or draws and stores them. */
export async function referenceSamples({ sampler }: Entrant, path: string, task: SampleTask): Promise<ProblemSamples> {
  const { truth, observation } = task;
  if (!existsSync(path)) {
    const drawn = await drawSamples(sampler, task);
    const milliseconds = hostArray([drawn.msPerSample], [1]);
    const tensors = new Map<string, HostArray>([
      ["samples", drawn.samples],
      ["milliseconds", milliseconds],
    ]);
    await writeFileAtomically(path, encodeSafetensors(tensors));
    return drawn;
  }
  const tensors = decodeSafetensors(await readFile(path), path);
  const [samples, milliseconds] = [tensors.get("samples"), tensors.get("milliseconds")];
  if (samples?.shape[1] !== task.samples || samples.shape[0] !== truth.shape[0] || milliseconds === undefined)
    throw new InputError(`${path} belongs to another benchmark: name another folder`);
  return {
    truth,
    observation,
    samples,
    evaluations: sampler.evaluations,
    msPerSample: milliseconds.data[0],
  };
}
