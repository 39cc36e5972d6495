import { type HostArray, hostArray, randomSource } from "../../../src/array/index.js";
import { drawCheckerboard } from "../../../src/data/index.js";
import { InputError } from "../../../src/errors.js";
import { drawCases, exactPosterior } from "../cases.js";
import { flowOfCoupling } from "../coupling-flow.js";
import { openPointSampler } from "../sampler.js";
import { scoreSampler } from "../scores.js";
import { energyScore } from "../../../src/metrics/index.js";
import { loadCheckpoint } from "../../../src/checkpoint/index.js";

// The scores that a joint model of the checkerboard would have if its flow map were the exact flow for the noise of its
// adapter: npx tsx studies/checkerboard/coupling-flow/main.ts runs/x/joint/checkpoint

const [checkpoint] = process.argv.slice(2);
if (checkpoint === undefined) throw new InputError("name a checkpoint: main.ts runs/x/joint/checkpoint");
const [seed, sigma, points] = [1, 0.1, 8000];
const size = { pairs: 200, samples: 100, priorSamples: 400 };

const { model } = await loadCheckpoint(checkpoint);
const sampler = await openPointSampler(model);
const random = randomSource(seed, "coupling flow");
const cases = drawCases(sigma, size, seed);

const data = drawCheckerboard(points, random).data as Float32Array;
const observed = Float32Array.from({ length: points }, (_, i) => data[2 * i] + sigma * random.normal());
const mean = await sampler.drawNoise(observed, new Float32Array(2 * points));
const one = await sampler.drawNoise(observed, new Float32Array(2 * points).fill(1));
const deviation = one.map((value, i) => value - mean[i]);

const repeated = Float32Array.from(
  { length: size.pairs * size.samples },
  (_, i) => cases.observations[Math.floor(i / size.samples)],
);
const eps = random.normalArray([repeated.length, 2]).data as Float32Array;
const posteriorNoise = await sampler.drawNoise(repeated, eps);
const priorNoise = random.normalArray([size.priorSamples, 2]).data as Float32Array;

const flows: Record<string, (z: Float32Array) => Promise<Float32Array>> = {
  "exact flow, alpha 0.5": (z) => Promise.resolve(flowOfCoupling({ data, mean, deviation, alpha: 0.5 }, z)),
  "exact flow, alpha 1": (z) => Promise.resolve(flowOfCoupling({ data, mean, deviation, alpha: 1 }, z)),
  "flow map, 4 steps": (z) => sampler.pushForward(z, 4),
  "flow map, 1 step": (z) => sampler.pushForward(z, 1),
};
const scores: Record<string, object> = {
  "exact posterior": scoresOf(
    exactPosterior(cases.observations, sigma, size.samples, seed, "floor"),
    drawCheckerboard(size.priorSamples, random),
  ),
};
for (const [name, flow] of Object.entries(flows))
  scores[name] = scoresOf(
    hostArray(await flow(posteriorNoise), [size.pairs, size.samples, 2]),
    hostArray(await flow(priorNoise), [size.priorSamples, 2]),
  );
await sampler.dispose();
console.log(JSON.stringify({ checkpoint, seed, points, ...size, scores }, null, 2));

function scoresOf(posterior: HostArray, prior: HostArray): object {
  const { mmdPosterior, supportPosterior } = scoreSampler(cases, { posterior, prior });
  return { crps: expectedCrps(posterior), mmdPosterior, supportPosterior };
}

/**
 * The expected CRPS given y: the mean over exact posterior samples in place of the truth, so that 200 pairs are enough.
 */
function expectedCrps({ data: drawn }: HostArray): number {
  const row = 2 * size.samples;
  let total = 0;
  for (let i = 0; i < size.pairs; i++) {
    const own = drawn.subarray(i * row, (i + 1) * row);
    for (let j = 0; j < row; j += 2)
      total += energyScore(own, cases.posterior.data.subarray(i * row + j, i * row + j + 2)).fair;
  }
  return total / (size.pairs * size.samples);
}
