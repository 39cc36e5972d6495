import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostArray, type HostArray } from "../../src/array/index.js";
import { InputError } from "../../src/errors.js";
import { drawSamples, type ProblemSamples, type SampleTask } from "../../src/evaluate/index.js";
import { decodeMetadata, decodeSafetensors, encodeSafetensors, writeFileAtomically } from "../../src/storage/index.js";
import { type Entrant } from "./entrants.js";

/**
 * Reads the reference chain's samples from their file, or draws and stores them.
 *
 * @throws InputError if the file has samples of other images, settings or seeds, or from another checkpoint
 */
export async function referenceSamples(
  { sampler, settings, checkpoint }: Entrant,
  path: string,
  task: SampleTask,
): Promise<ProblemSamples> {
  const { truth, observation, seed } = task;
  const origin = JSON.stringify({ seed, settings, checkpoint });
  if (!existsSync(path)) {
    const drawn = await drawSamples(sampler, task);
    const milliseconds = hostArray([drawn.msPerSample], [1]);
    const tensors = new Map<string, HostArray>([
      ["samples", drawn.samples],
      ["milliseconds", milliseconds],
    ]);
    await writeFileAtomically(path, encodeSafetensors(tensors, { metadata: { origin } }));
    return drawn;
  }
  const bytes = await readFile(path);
  const tensors = decodeSafetensors(bytes, path);
  const [samples, milliseconds] = [tensors.get("samples"), tensors.get("milliseconds")];
  if (samples?.shape[1] !== task.samples || samples.shape[0] !== truth.shape[0] || milliseconds === undefined)
    throw new InputError(`${path} belongs to another benchmark: name another folder`);
  if (decodeMetadata(bytes, path).origin !== origin)
    throw new InputError(
      `${path} was drawn with other settings, or from another checkpoint: remove it to draw it again`,
    );
  return {
    truth,
    observation,
    samples,
    evaluations: sampler.evaluations,
    msPerSample: milliseconds.data[0],
  };
}
