/**
 * Is a sampler calibrated? The ranks of the truth among its samples show it, whatever the sampler is.
 *
 * Here x ~ N(0, 1) is observed as y = x + 0.5 e. Three samplers are tested: the exact posterior, one that is
 * overconfident, and one that ignores the observation.
 *
 *     npx tsx examples/calibrate-any-sampler.ts
 */
import { randomSource } from "variational-flow-maps/array";
import { calibration } from "variational-flow-maps/metrics";

const [count, sigma] = [2000, 0.5];

// N pairs of a truth and its observation.
const random = randomSource(0, "simulations");
const truths = Float64Array.from({ length: count }, () => random.normal());
const observations = truths.map((x) => x + sigma * random.normal());
const simulations = { count, truths, observations };

/** Samples of N(gain y, deviation^2) for each observation: [N, samples, 1]. */
const gaussian =
  (gain: number, deviation: number): calibration.TableSampler =>
  async (given, samples, seed) => {
    const source = randomSource(seed, "samples");
    return Float64Array.from({ length: given.length * samples }, (_, i) => {
      return gain * given[Math.floor(i / samples)] + deviation * source.normal();
    });
  };

// The posterior is N(g y, sigma^2 g) with g = 1 / (1 + sigma^2).
const gain = 1 / (1 + sigma ** 2);
const samplers = {
  exact: gaussian(gain, sigma * Math.sqrt(gain)),
  "too sure": gaussian(gain, 0.8 * sigma * Math.sqrt(gain)),
  "the prior": gaussian(0, 1),
};

const uniform = randomSource(1, "ties").uniform;
const references = truths.map(() => random.normal());
for (const [name, sampler] of Object.entries(samplers)) {
  const sampled = await calibration.sampleSimulations(simulations, sampler, 99, 2);
  const ranked = calibration.rankAll(sampled, {
    names: ["x"],
    logLikelihood: ([x], [y]) => -((y - x) ** 2) / (2 * sigma ** 2),
    references,
    observedReferences: observations,
    uniform,
  });
  const { passed, caughtBy } = calibration.judge(calibration.testRanks(ranked), 0.05);
  console.log(`${name.padEnd(9)} ${passed ? "passes every test" : `is caught by ${caughtBy.join(", ")}`}`);
}
