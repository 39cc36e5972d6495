import { randomSource } from "../array/index.js";
import { type Backend, engineRules } from "../compile/index.js";
import { type Dataset, gatherImages, imageSize } from "../data/index.js";
import { InputError } from "../errors.js";
import { type Problem } from "../operators/index.js";
import { anyValue, checkOptions, integerFrom, type OptionRules, positiveInteger, seedNumber } from "../options.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { type Classifier } from "../classifier/index.js";
import { type ImageScores, readSamples, scoreImages } from "./image-scores.js";
import { featureFit, priorDistance } from "./prior.js";
import { type ProblemMetrics, summarise } from "./problem-metrics.js";
import { drawProblemSamples } from "./problem-samples.js";

/** The models that are compared on the same images, observations and noise. */
export interface EvaluatedModels {
  /** The model to be judged. */
  vfm: VariationalFlowMap;
  /** The baseline: its flow map before joint training, with an adapter that was trained alone. */
  frozen?: VariationalFlowMap | undefined;
}

/** A classifier and the images that it learnt from, with which samples are read and the prior is measured. */
export interface Reader {
  classifier: Classifier;
  /** The images that unconditional samples should resemble: the training split. */
  training: Dataset;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  problems: readonly Problem[];
  /** Number of held-out images, drawn at random; all if there are fewer. */
  images: number;
  /** Two or more. */
  samplesPerImage: number;
  /** Evaluations of the flow map a sample. */
  steps: number;
  seed: number;
  /** Without it labels are not read and the prior is not measured. */
  reader?: Reader | undefined;
  /** Unconditional samples for the Frechet distance. */
  priorSamples: number;
  /** Told of the share that is done, in [0, 1], and what comes next. */
  onProgress?(done: number, label: string): void;
  backend?: Backend | undefined;
}

/** What `evaluate` found. */
export interface Evaluation {
  images: number;
  samplesPerImage: number;
  seed: number;
  problems: Record<string, { vfm: ProblemMetrics; frozen?: ProblemMetrics }>;
  /**
   * Frechet distances of unconditional samples to the training images: of the baseline's flow map (before joint
   * training), and of the model's (after it).
   */
  prior?: { frechetBefore?: number; frechetAfter: number };
}

const rules: OptionRules<EvaluateOptions> = {
  problems: anyValue,
  images: integerFrom(0),
  samplesPerImage: integerFrom(0),
  steps: positiveInteger,
  seed: seedNumber,
  reader: anyValue,
  priorSamples: positiveInteger,
  onProgress: anyValue,
  backend: engineRules.backend,
};

/** Values of the samples that are held at a time. */
const chunkValues = 2 ** 22;

/**
 * Judges a model on held-out images: every image goes through every problem, and the samples are scored against it.
 *
 * @param heldOut images that no training has seen; their labels are read if `reader` is given
 * @throws InputError if there are no images or fewer than two samples an image, a model does not know a problem, or an option is
 *   unknown or wrong
 */
export async function evaluate(
  models: EvaluatedModels,
  heldOut: Dataset,
  options: EvaluateOptions,
): Promise<Evaluation> {
  checkOptions("evaluate", options, rules, ["problems", "images", "samplesPerImage", "steps", "seed"]);
  const { problems, samplesPerImage, seed, reader, onProgress } = options;
  const { vfm, frozen } = models;
  const images = Math.min(options.images, heldOut.count);
  if (images < 1) throw new InputError("an evaluation needs at least one image");
  if (samplesPerImage < 2)
    throw new InputError("an evaluation needs two samples an image or more: their spread is scored");
  const chosen = randomSource(seed, "images").permutation(heldOut.count).subarray(0, images);
  const parts = (frozen === undefined ? 1 : 2) * (problems.length + (reader === undefined ? 0 : 1));
  let done = 0;
  const announce = (label: string): void => {
    onProgress?.(done / parts, label);
    done += 1;
  };

  const result: Evaluation = { images, samplesPerImage, seed, problems: {} };
  for (const problem of problems) {
    announce(problem.name);
    const metrics = await evaluateProblem(vfm, problem, heldOut, chosen, options);
    result.problems[problem.name] = { vfm: metrics };
    if (frozen === undefined) continue;
    announce(`${problem.name}, frozen flow map`);
    result.problems[problem.name].frozen = await evaluateProblem(frozen, problem, heldOut, chosen, options);
  }
  if (reader !== undefined) {
    const reference = await featureFit(reader.classifier, reader.training.images);
    const distance = (model: VariationalFlowMap): Promise<number> => {
      announce("unconditional samples");
      return priorDistance(model, reader.classifier, reference, options);
    };
    result.prior = { frechetAfter: await distance(vfm) };
    if (frozen !== undefined) result.prior.frechetBefore = await distance(frozen);
  }
  return result;
}

/** The figures of one model on one problem; the images come in parts, so that memory does not grow with their number. */
async function evaluateProblem(
  model: VariationalFlowMap,
  problem: Problem,
  heldOut: Dataset,
  chosen: Int32Array,
  { samplesPerImage, steps, seed, reader, backend }: EvaluateOptions,
): Promise<ProblemMetrics> {
  const imagesAtOnce = Math.max(1, Math.floor(chunkValues / (samplesPerImage * imageSize(heldOut.shape))));
  const scores: ImageScores[] = [];
  let milliseconds = 0;
  for (let start = 0; start < chosen.length; start += imagesAtOnce) {
    const indices = chosen.subarray(start, start + imagesAtOnce);
    const images = gatherImages(heldOut, indices);
    // A seed of its own for each part: the same one would repeat the noise.
    const partSeed = start === 0 ? seed : randomSource(seed, "part", start).integer(2 ** 24);
    const drawn = await drawProblemSamples(model, problem, images, {
      samples: samplesPerImage,
      steps,
      seed: partSeed,
      backend,
    });
    const { labels } = heldOut;
    const reading =
      reader &&
      labels &&
      (await readSamples(
        drawn,
        reader.classifier,
        Int32Array.from(indices, (index) => labels[index]),
      ));
    scores.push(...(await scoreImages(drawn, reading, backend)));
    milliseconds += drawn.msPerSample * indices.length;
  }
  return summarise(scores, { msPerSample: milliseconds / chosen.length, evaluations: steps }, seed);
}
