import { add, clip, hostArray, mul, type NDArray, randomSource } from "../src/array/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { compileWith } from "../src/compile/index.js";
import { flowMapModel } from "../src/models/index.js";
import { imageProblem, mnistProblems, observe, type Problem } from "../src/operators/index.js";
import {
  defaultIterations,
  type ObservationUpdate,
  samplePosterior,
  type VariationalFlowMap,
} from "../src/vfm/index.js";
import { fastestMilliseconds } from "./timing.js";

type Residual = NonNullable<ObservationUpdate["residual"]>;

const shapes = [
  [1, 28, 28],
  [3, 32, 32],
];
const observations = 16;
const samples = 16;
const runs = 8;

/** A small U-Net; an update should cost at most one evaluation of it. */
const network = { model: "unet", channels: 32, multipliers: [1, 2, 2], blocks: 1, groups: 8, embedding: 128 };

/** The cost of the update of a problem's samples, and its convergence. */
interface UpdateCost {
  /** Milliseconds for each sample. */
  ms: number;
  /** The same in evaluations of the U-Net. */
  evaluations: number;
  /** Root mean square difference from samples after twice as many iterations, on images from -1 to 1. */
  difference: number;
}

/** `bench update`: the update on the observation compared with one evaluation of a small U-Net. */
export const updateBenchmark: CommandDefinition<Record<string, never>> = {
  name: "update",
  description:
    "time the update of samples on their observation, on one thread, against one evaluation of a small U-Net",
  options: (command) => command,
  example: "npm run bench -- update --json",
  run: async (_options, { seed, progress }) => {
    const found: Record<string, { networkMs: number; problems: Record<string, UpdateCost> }> = {};
    for (const [index, shape] of shapes.entries()) {
      const problems: Record<string, UpdateCost> = {};
      const networkMs = await timeNetwork(shape);
      for (const [place, spec] of mnistProblems.entries()) {
        progress.update((index + place / mnistProblems.length) / shapes.length, `${shape.join(" x ")}, ${spec.name}`);
        const { ms, difference } = await timeUpdate(imageProblem(spec.name, { sigma: spec.sigma }), shape, seed);
        problems[spec.name] = { ms, evaluations: ms / networkMs, difference };
      }
      found[shape.join("x")] = { networkMs, problems };
    }
    const text = Object.entries(found).flatMap(([shape, { networkMs, problems }]) => [
      `${shape}: one evaluation of the U-Net ${networkMs.toFixed(3)} ms a sample; the update`,
      ...Object.entries(problems).map(
        ([name, { ms, evaluations, difference }]) =>
          `  ${name.padEnd(17)} ${ms.toFixed(3)} ms, ${evaluations.toFixed(2)} evaluations; ${difference.toFixed(4)} from twice the iterations`,
      ),
    ]);
    return { json: { samples: observations * samples, threads: 1, shapes: found }, text: text.join("\n") };
  },
};

async function timeNetwork(shape: readonly number[]): Promise<number> {
  const batch = observations * samples;
  const map = flowMapModel({ ...network, shape });
  const random = randomSource(1, "network");
  const [x, t] = [random.normalArray([batch, ...shape]), random.uniformArray([batch])];
  const compiled = await compileWith(
    map.initialise(random),
    (parameters, image: NDArray, time: NDArray) => map.apply(parameters, image, time, time),
    [x, t],
    { threads: 1 },
  );
  const milliseconds = await fastestMilliseconds(() => compiled.run(x, t), runs);
  await compiled.dispose();
  return milliseconds / batch;
}

/** Times samples of a model without networks, f(z) = A^T y, with the update and without. */
async function timeUpdate(problem: Problem, shape: readonly number[], seed: number) {
  const normal = randomSource(seed, "images").normalArray([observations, ...shape]);
  const images = hostArray(Float32Array.from(normal.data, Math.tanh), normal.shape);
  const observation = await observe(problem, images, { seed });
  const sampler = (residual?: Residual) => {
    const model: VariationalFlowMap = {
      sampleShape: shape,
      problems: [problem],
      parameters: { flowMap: {}, adapter: {} },
      meanVelocity: (_parameters, x) => mul(x, 0),
      adapter: (_parameters, aty) => ({ mean: clip(aty, -1, 1), logSigma: add(mul(aty, 0), -20) }),
      ...(residual && { updates: new Map([[problem.name, { temperature: 1, residual }]]) }),
    };
    return async () => (await samplePosterior(model, observation, { samples, seed, threads: 1 })).samples.data;
  };
  const residual = residualOf(shape);
  const [plain, updated] = [sampler(), sampler(residual)];
  const twice = await sampler({ ...residual, iterations: 2 * defaultIterations })();
  const once = await updated();
  const squares = Array.from(once, (value, i) => (value - twice[i]) ** 2).reduce((a, b) => a + b, 0);
  const milliseconds = (await fastestMilliseconds(updated, runs)) - (await fastestMilliseconds(plain, runs));
  return { ms: milliseconds / (observations * samples), difference: Math.sqrt(squares / once.length) };
}

/**
 * A residual along the axes of the cosine transform, whose deviations decrease with the frequency; 0.5 in the root mean
 * square.
 */
function residualOf([channels, height, width]: readonly number[]): Residual {
  const size = channels * height * width;
  const deviations = Array.from({ length: size }, (_, at) => {
    const [channel, row] = [Math.floor(at / (height * width)), Math.floor(at / width) % height];
    return 1 / Math.sqrt(1 + Math.hypot(channel, row, at % width));
  });
  const rms = Math.sqrt(deviations.reduce((sum, value) => sum + value ** 2, 0) / size);
  return {
    scales: hostArray(
      deviations.map((value) => (0.5 * value) / rms),
      [size],
    ),
    cosine: true,
    saturation: 1,
  };
}
