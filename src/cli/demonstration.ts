import { randomSource } from "../array/index.js";
import { type Classifier } from "../classifier/index.js";
import { type Dataset, gatherImages } from "../data/index.js";
import {
  drawProblemSamples,
  modelSampler,
  type ProblemMetrics,
  type ProblemSamples,
  classifySamples,
  scoreImages,
  summarise,
} from "../evaluate/index.js";
import { problemText, type ReportProblem, reportRow, unstack } from "../report/index.js";
import { type ImageModel } from "./image-model.js";

/** How a model is shown. */
export interface DemonstrationOptions {
  /** Reads the samples, where the images have labels. */
  classifier?: Classifier | undefined;
  /** Most images that are taken. */
  images: number;
  /** Samples for each image. */
  samples: number;
  /** Evaluations of the flow map for each sample. */
  steps: number;
  seed: number;
  /** Called before each problem, with the number of those that are done. */
  onProblem?: ((name: string, done: number) => void) | undefined;
}

/** A model's problems, each with its figures and its samples. */
export interface Demonstration {
  images: number;
  problems: Record<string, { vfm: ProblemMetrics }>;
  shown: ReportProblem[];
  drawn: ProblemSamples[];
}

/** Images of a problem that the report shows. */
const shownImages = 4;

/** Takes held-out images, chosen by the seed, through all of a model's problems. */
export async function demonstrate(
  { model, problems }: ImageModel,
  heldOut: Dataset,
  { classifier, images, samples, steps, seed, onProblem }: DemonstrationOptions,
): Promise<Demonstration> {
  const chosen = randomSource(seed, "images").permutation(heldOut.count).subarray(0, images);
  const { labels } = heldOut;
  const sampler = modelSampler("vfm", model, { steps });
  const result: Demonstration = { images: chosen.length, problems: {}, shown: [], drawn: [] };
  for (const [index, problem] of problems.entries()) {
    onProblem?.(problem.name, index);
    const drawn = await drawProblemSamples(sampler, problem, gatherImages(heldOut, chosen), { samples, seed });
    const truths = labels && chosen.map((image) => labels[image]);
    const reading = classifier && truths && (await classifySamples(drawn, classifier, truths));
    const metrics = summarise(await scoreImages(drawn, reading), drawn, seed);
    result.problems[problem.name] = { vfm: metrics };
    result.drawn.push(drawn);
    const { sigma } = problem.observation;
    const rows = reportRows(drawn);
    result.shown.push({ name: problem.name, ...problemText(problem.name), sigma, rows, metrics });
  }
  return result;
}

function reportRows({ truth, observation, samples }: ProblemSamples): ReportProblem["rows"] {
  const images = unstack(truth);
  const observations = unstack(observation.y);
  const sampled = unstack(samples);
  return images.slice(0, shownImages).map((image, i) => reportRow(observations[i], sampled[i], image));
}
