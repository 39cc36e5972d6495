import { hostArray, randomSource } from "../../src/array/index.js";
import { loadCheckpoint } from "../../src/checkpoint/index.js";
import { type Device, requireDevice } from "../../src/compile/index.js";
import { InputError } from "../../src/errors.js";
import { mlp, mlpAdapter } from "../../src/models/index.js";
import { imageProblem, observe } from "../../src/operators/index.js";
import { fromArrays, joint, train, type TrainOptions } from "../../src/train/index.js";
import { samplePosterior } from "../../src/vfm/index.js";

/** What runs in Node and in a page, to be compared. */

/** What is sampled: all problems of a checkpoint, with and without the model's update of each, unless less is asked for. */
interface Sampled {
  names?: readonly string[];
  updated?: readonly boolean[];
  device?: Device;
}

/**
 * Posterior samples of problems of a checkpoint, as the networks draw them and with the model's update of each problem.
 *
 * @param folder its path or its URL
 * @param image the values of the image that is observed, [1, 28, 28]
 */
export async function samplesOfProblems(
  folder: string,
  image: readonly number[],
  { names, updated = [false, true], device }: Sampled = {},
): Promise<Record<string, number[]>> {
  const { model, problems } = await loadCheckpoint(folder);
  const images = hostArray(image, [1, 1, 28, 28]);
  const samples: Record<string, number[]> = {};
  for (const problem of problems.filter(({ name }) => names?.includes(name) ?? true)) {
    const observation = await observe(problem, images, { seed: 1 });
    for (const update of updated) {
      const options = { samples: 4, seed: 2, device, ...(!update && { update: false as const }) };
      const drawn = await samplePosterior(model, observation, options);
      samples[update ? `${problem.name}, updated` : problem.name] = Array.from(drawn.samples.data);
    }
  }
  return samples;
}

/** What is said of a checkpoint that is not there, and of a run that is to be written where it cannot. */
export async function complaints(folder: string, out: string): Promise<string[]> {
  return Promise.all([complaint(loadCheckpoint(folder)), complaint(trainThreeSteps({ out }))]);
}

/** What is said of a device; nothing if it can be used. */
export function complaintOfDevice(device: Device): Promise<string> {
  return complaint(requireDevice(device));
}

function complaint(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "",
    (error: unknown) => (error instanceof InputError ? error.message : `not an InputError: ${String(error)}`),
  );
}

/** The losses of three steps of joint training on drawn images. */
export async function lossesOfTraining(): Promise<number[]> {
  const losses: number[] = [];
  await trainThreeSteps({ onProgress: ({ measures }) => losses.push(measures.loss) });
  return losses;
}

/** The same of runs that go on at the same time. */
export function lossesOfRunsTogether(): Promise<number[][]> {
  return Promise.all([lossesOfTraining(), lossesOfTraining(), lossesOfTraining()]);
}

async function trainThreeSteps(options: TrainOptions): Promise<void> {
  const shape = [1, 8, 8];
  await train(
    {
      data: fromArrays(randomSource(1, "images").normalArray([32, ...shape])),
      flowMap: mlp({ shape, width: 16, depth: 2 }),
      adapter: mlpAdapter({ shape, observationShape: shape, width: 16, depth: 2 }),
      problems: [imageProblem("denoise", { sigma: 0.3 })],
      stages: [joint({ steps: 3, batchSize: 8 })],
      seed: 3,
      logEvery: 1,
    },
    options,
  );
}
