import {
  type HostArray,
  hostArray,
  type Observation,
  observationOf,
  type OperatorParameters,
  type Problem,
  randomSource,
  type TracedParameters,
} from "variational-flow-maps";
import { type NDArray } from "variational-flow-maps/array";
import { compile, compileCache } from "variational-flow-maps/compile";
import { boxMask, type Corruption, motionKernel } from "../corruption.js";
import { batchOfOne, readyModel } from "./models.js";
import { type ObservationRequest } from "./services.js";

const compiled = compileCache();

/**
 * Observes an image as `observe` does, with masks and kernels that were chosen by hand and any level of noise. The noise of a
 * seed is that of `observe`.
 */
export async function observeRequest(request: ObservationRequest): Promise<Observation> {
  const { model: name, problem: problemName, image, corruption, noise, noiseSeed } = request;
  const { model, about } = await readyModel(name);
  const problem = model.problem(problemName);
  const { observation } = problem;
  const x = batchOfOne(image, about.shape);
  const parameters = parametersOf(corruption, problem, about.shape, noiseSeed);
  const yShape = [1, ...observation.operator.observationShape(about.shape)];
  const drawn = observation.drawNoise(yShape, randomSource(noiseSeed, "noise", problemName));
  // y = A x + sigma e, so that another level of noise is a longer e.
  const scaled = hostArray(drawn.data.map((value) => (value * noise) / observation.sigma) as Float32Array, yShape);
  const look = (truth: NDArray, e: NDArray, given: TracedParameters): NDArray => observation.observe(truth, e, given);
  const y = await compiled.use(
    { objects: [observation], values: ["observe", about.shape] },
    () => compile(look, [x, scaled, parameters]),
    ({ run }) => run(x, scaled, parameters),
  );
  return observationOf(problem, y, { parameters, image: about.shape });
}

/** The operator's parameters that a corruption stands for; those that the seed draws, if none can be chosen. */
function parametersOf(
  corruption: Corruption,
  { name, observation: { operator } }: Problem,
  shape: readonly number[],
  seed: number,
): OperatorParameters {
  const [, rows, columns] = shape;
  const drawn = operator.draw(1, shape, randomSource(seed, "parameters", name));
  const asMask = (mask: Float32Array): Record<string, HostArray> => ({ mask: hostArray(mask, [1, 1, rows, columns]) });
  switch (corruption.kind) {
    case "none":
      return drawn;
    case "mask":
      return asMask(Float32Array.from(corruption.mask));
    case "box":
      return asMask(boxMask(corruption, rows, columns));
    case "share":
      return asMask(shareMask(corruption.share, rows * columns, corruption.seed));
    case "motion": {
      const [, side] = drawn.kernel.shape;
      return { kernel: hostArray(motionKernel(corruption, side), [1, side, side]) };
    }
  }
}

/** A mask without this share of its pixels. More of them are hidden as the share grows, never others. */
function shareMask(share: number, size: number, seed: number): Float32Array {
  const mask = new Float32Array(size).fill(1);
  const hidden = randomSource(seed, "hidden pixels")
    .permutation(size)
    .subarray(0, Math.round(share * size));
  for (const pixel of hidden) mask[pixel] = 0;
  return mask;
}
