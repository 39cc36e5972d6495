/**
 * Networks of your own: a flow map and a noise adapter that are plain functions of their parameters, twenty lines
 * together. They learn curves of 16 points, and fill in the missing ones.
 *
 *     npx tsx examples/own-network.ts
 */
import { gaussianNoise, hostArray, observe, operator, problem, samplePosterior } from "variational-flow-maps";
import {
  concatenate,
  mul,
  type NDArray,
  type RandomSource,
  randomSource,
  reshape,
  splitAxis,
  tanh,
} from "variational-flow-maps/array";
import { type AdapterNetwork, type FlowMapNetwork } from "variational-flow-maps/models";
import { initialiseLinear, linear, type LinearParameters } from "variational-flow-maps/nn";
import { flowMatching, fromArrays, joint, train } from "variational-flow-maps/train";

const [points, width] = [16, 128];
const column = (time: NDArray): NDArray => reshape(time, [-1, 1]);

type Layers = { layers: LinearParameters[] };
const initialise = (random: RandomSource, sizes: readonly number[]) => ({
  layers: sizes.slice(1).map((outputs, i) => initialiseLinear(random, sizes[i], outputs)),
});
const apply = ({ layers }: Layers, x: NDArray): NDArray =>
  layers.slice(1).reduce((hidden, layer) => linear(layer, tanh(hidden)), linear(layers[0], x));

/** The mean velocity u(x, r, t): x, t and r concatenated as the input of the layers. */
const flowMap: FlowMapNetwork = {
  shape: [points],
  initialise: (random) => initialise(random, [points + 2, width, width, points]),
  apply: (parameters: Layers, x, r, t) => apply(parameters, concatenate([x, column(t), column(r)], 1)),
};

/** q(z | y): the mean and the log standard deviation of the noise, from A^T y. */
const adapter: AdapterNetwork = {
  shape: [points],
  initialise: (random) => initialise(random, [points, width, width, 2 * points]),
  apply: (parameters: Layers, aty) => {
    const [mean, logSigma] = splitAxis(apply(parameters, aty), 2, 1);
    return { mean, logSigma };
  },
};

// A part of a sine of any phase and height.
const random = randomSource(0, "curves");
const curves = Array.from({ length: 3000 }, () => {
  const [height, phase] = [0.5 + 0.5 * random.uniform(), 2 * Math.PI * random.uniform()];
  return Array.from({ length: points }, (_, i) => height * Math.sin((2 * Math.PI * i) / points + phase));
});

// About half of the points are observed; the mask is drawn anew for each curve.
const missing = operator({
  name: "missing points",
  observedMask: "mask",
  local: true,
  draw: (count, [length], source) => ({
    mask: hostArray(
      Array.from({ length: count * length }, () => (source.uniform() < 0.5 ? 1 : 0)),
      [count, length],
    ),
  }),
  forward: (x, { mask }) => mul(x, mask),
});
const gaps = problem("missing points", gaussianNoise(missing, 0.05));

const { model } = await train({
  data: fromArrays(hostArray(curves.flat(), [curves.length, points])),
  flowMap,
  adapter,
  problems: [gaps],
  stages: [
    flowMatching({ steps: 1000, batchSize: 256, learningRate: 2e-3 }),
    joint({ steps: 1200, batchSize: 256, learningRate: { flowMap: 1e-3, adapter: 2e-3 } }),
  ],
  seed: 0,
});

const truth = hostArray(curves[0], [1, points]);
const y = await observe(gaps, truth, { seed: 1 });
const { samples } = await samplePosterior(model, y, { samples: 200, seed: 2 });
for (let i = 0; i < points; i++) {
  const values = Array.from({ length: 200 }, (_, j) => samples.data[j * points + i]).sort((a, b) => a - b);
  const seen = y.parameters.mask.data[i] === 1 ? "seen   " : "missing";
  const numbers = [truth.data[i], values[9], values[190]].map((value) => value.toFixed(2).padStart(6));
  console.log(`${seen}  truth ${numbers[0]}  90 % of the samples lie between ${numbers[1]} and ${numbers[2]}`);
}
