/**
 * A noise of your own: photon counts. If a signal has brightness b, a detector counts Poisson(b) photons. Only the
 * likelihood and a way to draw the counts are needed.
 *
 *     npx tsx examples/own-noise.ts
 */
import { hostArray, observe, type ObservationModel, operator, problem, samplePosterior } from "variational-flow-maps";
import {
  add,
  exp,
  less,
  log,
  maximum,
  mul,
  type NDArray,
  neg,
  randomSource,
  sub,
  sumPerSample,
  toFloat,
} from "variational-flow-maps/array";
import { residualMlp, residualMlpAdapter } from "variational-flow-maps/models";
import { flowMatching, fromArrays, joint, train } from "variational-flow-maps/train";

const points = 16;

/** Expected number of photons: from about 0 at x = -1 to 10 at x = 1. */
const brightness = (x: NDArray): NDArray => maximum(mul(add(x, 1), 5), 0.1);
const mostPhotons = 30;

/** y ~ Poisson(b(x)), log p(y | x) = sum(y log b - b) up to a constant. */
const photonCounts: ObservationModel = {
  // A^T y, the adapter's input, is brought to the scale of the signal.
  operator: operator({
    name: "detector",
    forward: brightness,
    transpose: (y) => sub(mul(y, 1 / 5), 1),
    transposeIsAdjoint: false,
  }),
  sigma: Math.sqrt(5),
  predict: brightness,
  drawNoise: (shape, random) => random.uniformArray(shape),
  // The quantile of a uniform number: the number of values of the distribution function below it.
  observe: (x, uniform) => {
    const rate = brightness(x);
    let term = exp(neg(rate));
    let below = term;
    let count = toFloat(less(below, uniform));
    for (let photons = 1; photons < mostPhotons; photons++) {
      term = mul(term, mul(rate, 1 / photons));
      below = add(below, term);
      count = add(count, toFloat(less(below, uniform)));
    }
    return count;
  },
  logLikelihood: (y, x) => sumPerSample(sub(mul(y, log(brightness(x))), brightness(x))),
};
const counting = problem("photon counts", photonCounts);

/** Signals with one bump of any place and width. */
function drawSignals(count: number, seed: number) {
  const random = randomSource(seed, "bumps");
  const signals = Array.from({ length: count }, () => {
    const [centre, width] = [points * random.uniform(), 1 + 2 * random.uniform()];
    return Array.from({ length: points }, (_, i) => 2 * Math.exp(-(((i - centre) / width) ** 2) / 2) - 1);
  });
  return hostArray(signals.flat(), [count, points]);
}

const network = { shape: [points], depth: 2, width: 96, embedding: 32 };
const { model } = await train({
  data: fromArrays(drawSignals(3000, 0)),
  flowMap: residualMlp(network),
  adapter: residualMlpAdapter({ ...network, problems: 1 }),
  problems: [counting],
  stages: [
    flowMatching({ steps: 600, batchSize: 256, learningRate: 2e-3 }),
    joint({ steps: 600, batchSize: 256, learningRate: { flowMap: 1e-3, adapter: 2e-3 } }),
  ],
  seed: 0,
});

const truth = drawSignals(1, 1);
const y = await observe(counting, truth, { seed: 2 });
const { samples } = await samplePosterior(model, y, { samples: 200, seed: 3 });
for (let i = 0; i < points; i++) {
  const values = Array.from({ length: 200 }, (_, j) => samples.data[j * points + i]).sort((a, b) => a - b);
  const [x, low, high] = [truth.data[i], values[9], values[190]].map((value) => value.toFixed(2).padStart(6));
  console.log(`photons ${String(y.y.data[i]).padStart(2)}, truth ${x}, 90 % of the samples between ${low} and ${high}`);
}
