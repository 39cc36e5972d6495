import { filledNormal, type HostArray, inBatches, type NDArray, sizeOf, takeRows } from "../array/index.js";
import { compile, type CompileKey, engineOf, formOf, type Hosted, sharedCache } from "../compile/index.js";
import { type Observation, observationRows, type Problem, type TracedParameters } from "../operators/index.js";
import { type DrawSettings, type NoiseOf } from "./batched-sampler.js";
import { type ObservationUpdate } from "./model.js";
import { updateOnObservation, type UpdateNoise } from "./observation-update.js";
import { type ResidualRoot } from "./residual-root.js";

type Residual = NonNullable<ObservationUpdate["residual"]>;

/**
 * Conditions samples on their observation, made by a linear operator with Gaussian noise, a batch at a time: see
 * `updateOnObservation`.
 *
 * @param images [N * samples, ...imageShape]: the samples of the first observation, then of the second, and so on
 * @returns as many images
 */
export async function updateSamples(
  images: HostArray,
  residual: Residual,
  observation: Observation,
  options: DrawSettings & { batchSize: number },
  noiseOf: NoiseOf,
): Promise<HostArray> {
  const batch = batches(images, residual, observation, options, noiseOf);
  return sharedCache.use(
    updateKey(observation.problem, residual, batch.example, options),
    () => compileUpdate(observation.problem, residual, batch.example, options),
    ({ run }) => inBatches(images.shape[0], options.batchSize, (rows, filled) => run(batch.of(rows, filled))),
  );
}

/** What a compiled update takes. */
interface Inputs {
  x: NDArray;
  y: NDArray;
  parameters: Record<string, NDArray>;
  /** The residual's scales; axes with scales of their own, if it has any. */
  scales: NDArray;
  leading: NonNullable<ResidualRoot["leading"]>[];
  noise: UpdateNoise;
}

/** Puts batches together: the inputs of the samples with these numbers, of which the first `filled` count. */
function batches(
  images: HostArray,
  { scales, leading }: Residual,
  observation: Observation,
  { samples, batchSize }: DrawSettings & { batchSize: number },
  noiseOf: NoiseOf,
): { example: Hosted<Inputs>; of(numbers: Int32Array, filled: number): Hosted<Inputs> } {
  // Sources of their own, so that the samples do not depend on the batch size.
  const sources = { residual: noiseOf("residual"), observation: noiseOf("observation noise") };
  const of = (numbers: Int32Array, filled: number): Hosted<Inputs> => {
    const { y, parameters } = observationRows(
      observation,
      numbers.map((i) => Math.floor(i / samples)),
    );
    return {
      x: takeRows(images, numbers),
      y,
      parameters,
      scales,
      leading: leading === undefined ? [] : [leading],
      noise: {
        residual: filledNormal(sources.residual, batchSize, filled, [sizeOf(images.shape.slice(1))]),
        observation: filledNormal(sources.observation, batchSize, filled, y.shape.slice(1)),
      },
    };
  };
  return { example: of(new Int32Array(batchSize), 0), of };
}

/** What a compiled update depends on. */
function updateKey(
  { observation }: Problem,
  { cosine, saturation, iterations }: Residual,
  example: Hosted<Inputs>,
  options: DrawSettings,
): CompileKey {
  const settings = [cosine, saturation, iterations];
  return { objects: [observation], values: ["update", formOf(example), ...settings, engineOf(options)] };
}

function compileUpdate(problem: Problem, settings: Residual, example: Hosted<Inputs>, options: DrawSettings) {
  const { cosine, saturation, iterations } = settings;
  const update = ({ x, y, parameters, scales, leading: [leading], noise }: Inputs): NDArray => {
    const residual = { scales, cosine, saturation, iterations, ...(leading && { leading }) };
    return updatedSample(x, y, parameters, problem, residual, noise);
  };
  return compile(update, [example], engineOf(options));
}

/** What an update takes inside a traced function: a `Residual` with its arrays traced. */
interface TracedResidual extends Omit<ResidualRoot, "cosine"> {
  cosine?: boolean | undefined;
  iterations?: number | undefined;
}

/**
 * Samples of one problem conditioned on their observations, inside a traced function: see `updateOnObservation`.
 *
 * @param x f(z), [B, ...imageShape]
 * @param y of each sample, [B, ...observationShape]
 * @param parameters what the operator drew for each sample
 * @returns [B, ...imageShape]
 */
export function updatedSample(
  x: NDArray,
  y: NDArray,
  parameters: TracedParameters,
  { observation: { operator, predict, sigma } }: Problem,
  { cosine = false, iterations, ...residual }: TracedResidual,
  noise: UpdateNoise,
): NDArray {
  const forward = (image: NDArray): NDArray => predict(image, parameters);
  const observation = { y, forward, shiftInvariant: operator.shiftInvariant, sigma };
  return updateOnObservation(x, observation, { ...residual, cosine }, noise, iterations);
}
