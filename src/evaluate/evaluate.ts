import { randomSource } from "../array/index.js";
import { type PosteriorSampler } from "../baselines/index.js";
import { type Backend, engineRules } from "../compile/index.js";
import { type Dataset, gatherImages, imageSize } from "../data/index.js";
import { InputError } from "../errors.js";
import { type Problem } from "../operators/index.js";
import { anyValue, checkOptions, integerFrom, type OptionRules, seedNumber } from "../options.js";
import { type Classifier } from "../classifier/index.js";
import { drawProblemSamples } from "./draw-samples.js";
import { type ImageScores, classifySamples, scoreImages } from "./image-scores.js";
import { type ProblemMetrics, summarise } from "./problem-metrics.js";

/** Options of `evaluate`. */
export interface EvaluateOptions {
  problems: readonly Problem[];
  /** Number of held-out images, drawn at random; all of them if there are fewer. */
  images: number;
  /** At least two. */
  samplesPerImage: number;
  seed: number;
  /** Classifies the samples. Without it there is no label agreement. */
  classifier?: Classifier | undefined;
  /** Called with the share that is done, in [0, 1], and the name of the next part. */
  onProgress?(done: number, label: string): void;
  backend?: Backend | undefined;
}

/** The result of `evaluate`. */
export interface Evaluation {
  images: number;
  samplesPerImage: number;
  seed: number;
  /** The figures on each problem, by the name of the sampler. */
  problems: Record<string, Record<string, ProblemMetrics>>;
}

const rules: OptionRules<EvaluateOptions> = {
  problems: anyValue,
  images: integerFrom(0),
  samplesPerImage: integerFrom(0),
  seed: seedNumber,
  classifier: anyValue,
  onProgress: anyValue,
  backend: engineRules.backend,
};

/** Greatest number of sample values in memory at a time. */
const chunkValues = 2 ** 22;

/**
 * Evaluates samplers on held-out images. Every image is observed by every problem, every sampler gets the same
 * observations, and the samples are scored against the image.
 *
 * @param heldOut images that were not used in training; their labels are used if there is a classifier
 * @throws InputError if there are no images or fewer than two samples for each image, two samplers have the same name,
 *   a sampler does not know a problem, or an option is unknown or wrong
 */
export async function evaluate(
  samplers: readonly PosteriorSampler[],
  heldOut: Dataset,
  options: EvaluateOptions,
): Promise<Evaluation> {
  checkOptions("evaluate", options, rules, ["problems", "images", "samplesPerImage", "seed"]);
  const { problems, samplesPerImage, seed, onProgress } = options;
  const images = Math.min(options.images, heldOut.count);
  if (images < 1) throw new InputError("an evaluation needs at least one image");
  if (samplesPerImage < 2)
    throw new InputError("an evaluation needs two samples an image or more: their spread is scored");
  const twice = samplers.find(({ name }, i) => samplers.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw new InputError(`two samplers are called "${twice.name}": rename one`);
  const chosen = randomSource(seed, "images").permutation(heldOut.count).subarray(0, images);
  const result: Evaluation = { images, samplesPerImage, seed, problems: {} };
  for (const [p, problem] of problems.entries()) {
    result.problems[problem.name] = {};
    for (const [s, sampler] of samplers.entries()) {
      onProgress?.((p * samplers.length + s) / (problems.length * samplers.length), `${problem.name}, ${sampler.name}`);
      const metrics = await evaluateProblem(sampler, problem, heldOut, chosen, options);
      result.problems[problem.name][sampler.name] = metrics;
    }
  }
  return result;
}

/**
 * The figures of one sampler on one problem. The images are processed in parts, so that memory does not grow with their
 * number.
 */
async function evaluateProblem(
  sampler: PosteriorSampler,
  problem: Problem,
  heldOut: Dataset,
  chosen: Int32Array,
  { samplesPerImage, seed, classifier, backend }: EvaluateOptions,
): Promise<ProblemMetrics> {
  const imagesAtOnce = Math.max(1, Math.floor(chunkValues / (samplesPerImage * imageSize(heldOut.shape))));
  const scores: ImageScores[] = [];
  let milliseconds = 0;
  for (let start = 0; start < chosen.length; start += imagesAtOnce) {
    const indices = chosen.subarray(start, start + imagesAtOnce);
    const images = gatherImages(heldOut, indices);
    // Each part has its own seed, because the same seed would repeat the noise.
    const partSeed = start === 0 ? seed : randomSource(seed, "part", start).integer(2 ** 24);
    const drawn = await drawProblemSamples(sampler, problem, images, {
      samples: samplesPerImage,
      seed: partSeed,
      backend,
    });
    const { labels } = heldOut;
    const classified =
      classifier &&
      labels &&
      (await classifySamples(
        drawn,
        classifier,
        Int32Array.from(indices, (index) => labels[index]),
      ));
    scores.push(...(await scoreImages(drawn, classified, backend)));
    milliseconds += drawn.msPerSample * indices.length;
  }
  return summarise(scores, { msPerSample: milliseconds / chosen.length, evaluations: sampler.evaluations }, seed);
}
