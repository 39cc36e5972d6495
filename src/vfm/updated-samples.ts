import {
  filledNormal,
  type HostArray,
  inBatches,
  type NDArray,
  randomSource,
  sizeOf,
  takeRows,
} from "../array/index.js";
import { compile, type CompileKey, formOf, type Hosted, sharedCache } from "../compile/index.js";
import { ShapeError } from "../errors.js";
import { engineOf, type SampleOptions } from "./batched-sampler.js";
import { type ObservationUpdate } from "./model.js";
import { updateOnObservation, type UpdateNoise } from "./observation-update.js";
import { type ResidualRoot } from "./residual-root.js";

/** What was measured of N images through a linear operator with Gaussian noise. */
export interface Measurement {
  /** y, [N, ...observationShape]; 0 where nothing was observed. */
  readonly y: HostArray;
  /** What the operator drew for each image (masks, kernels): arrays whose first axis is the image. */
  readonly parameters: Readonly<Record<string, HostArray>>;
  /** A x inside a traced function, linear in x, 0 where nothing is observed: [B, ...imageShape] -> [B, ...observationShape]. */
  readonly forward: (x: NDArray, parameters: Readonly<Record<string, NDArray>>) => NDArray;
  /** Whether A commutes with shifts of the image, but for the border (see `spectralPreconditioner`); false if not given. */
  readonly shiftInvariant?: boolean;
  /** Standard deviation of the noise. */
  readonly sigma: number;
}

type Residual = NonNullable<ObservationUpdate["residual"]>;

/**
 * Conditions samples on their observation, a batch at a time: see `updateOnObservation`.
 *
 * @param images [N * samples, ...imageShape]: the samples of the first observation, then of the second, and so on
 * @returns as many images
 * @throws ShapeError if the measurement is not of N images
 */
export async function updateSamples(
  images: HostArray,
  residual: Residual,
  measured: Measurement,
  options: SampleOptions & { batchSize: number },
): Promise<HostArray> {
  const { samples, batchSize } = options;
  const [total] = images.shape;
  const { y, parameters } = measured;
  const wrong = [y, ...Object.values(parameters)].find(({ shape }) => shape[0] * samples !== total);
  if (wrong !== undefined)
    throw new ShapeError(
      `a measurement [${wrong.shape.join(", ")}] stands beside ${total / samples} observations: give one each`,
    );
  const batch = batches(images, residual, measured, options);
  return sharedCache.use(
    updateKey(measured, residual, batch.example, options),
    () => compileUpdate(measured, residual, batch.example, options),
    ({ run }) => inBatches(total, batchSize, (rows, filled) => run(batch.of(rows, filled))),
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
  { y, parameters }: Measurement,
  { samples, seed, batchSize }: SampleOptions & { batchSize: number },
): { example: Hosted<Inputs>; of(numbers: Int32Array, filled: number): Hosted<Inputs> } {
  // Sources of their own, so that the samples do not depend on the batch size.
  const sources = { residual: randomSource(seed, "residual"), observation: randomSource(seed, "observation noise") };
  const of = (numbers: Int32Array, filled: number): Hosted<Inputs> => {
    const observations = numbers.map((i) => Math.floor(i / samples));
    return {
      x: takeRows(images, numbers),
      y: takeRows(y, observations),
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, array]) => [name, takeRows(array, observations)]),
      ),
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
  { forward, shiftInvariant, sigma }: Measurement,
  { cosine, saturation, iterations }: Residual,
  example: Hosted<Inputs>,
  options: SampleOptions,
): CompileKey {
  const settings = [cosine, saturation, iterations, shiftInvariant, sigma];
  return { objects: [forward], values: ["update", formOf(example), ...settings, engineOf(options)] };
}

function compileUpdate(
  { forward, shiftInvariant, sigma }: Measurement,
  { cosine = false, saturation, iterations }: Residual,
  example: Hosted<Inputs>,
  options: SampleOptions,
) {
  const update = ({ x, y, parameters, scales, leading: [leading], noise }: Inputs): NDArray =>
    updateOnObservation(
      x,
      { y, forward: (image) => forward(image, parameters), shiftInvariant, sigma },
      { scales, cosine, saturation, ...(leading && { leading }) },
      noise,
      iterations,
    );
  return compile(update, [example], engineOf(options));
}
