// A custom network, custom arrays and a custom operator: compiled strictly, run in Node and in a page.
import { gaussianNoise, hostArray, observationOf, operator, problem, samplePosterior } from "variational-flow-maps";
import { concatenate, type NDArray, randomSource, reshape, sliceAxis, tanh } from "variational-flow-maps/array";
import { initialiseLinear, linear, type LinearParameters } from "variational-flow-maps/nn";
import { flowMatching, fromArrays, joint, train } from "variational-flow-maps/train";

type Layers = { inner: LinearParameters; outer: LinearParameters };
const initialise = (inputs: number, outputs: number) => (random: ReturnType<typeof randomSource>) => ({
  inner: initialiseLinear(random, inputs, 32),
  outer: initialiseLinear(random, 32, outputs),
});
const apply = ({ inner, outer }: Layers, x: NDArray) => linear(outer, tanh(linear(inner, x)));
const column = (time: NDArray) => reshape(time, [-1, 1]);
const velocity = (layers: Layers, x: NDArray, r: NDArray, t: NDArray) =>
  apply(layers, concatenate([x, column(r), column(t)], 1));
const noise = (layers: Layers, aty: NDArray) => {
  const both = apply(layers, aty);
  return { mean: sliceAxis(both, 1, 0, 2), logSigma: sliceAxis(both, 1, 2, 4) };
};

const firstOf = operator({
  name: "first coordinate",
  forward: (x) => sliceAxis(x, 1, 0, 1),
  observationShape: () => [1],
});
const first = problem("first coordinate", gaussianNoise(firstOf, 0.1));
const { model } = await train({
  data: fromArrays(randomSource(0, "points").normalArray([512, 2])),
  flowMap: { shape: [2], initialise: initialise(4, 2), apply: velocity },
  adapter: { shape: [2], initialise: initialise(2, 4), apply: noise },
  problems: [first],
  stages: [
    flowMatching({ steps: 200, batchSize: 128, learningRate: 5e-3 }),
    joint({ steps: 200, batchSize: 128, learningRate: { flowMap: 1e-3, adapter: 5e-3 } }),
  ],
  seed: 0,
});
const y = await observationOf(first, hostArray([0.5], [1, 1]), { image: [2] });
const { samples } = await samplePosterior(model, y, { samples: 200, seed: 1 });
const values = Array.from(samples.data);
const average = (kept: (value: number, i: number) => boolean) => values.filter(kept).reduce((a, b) => a + b, 0) / 200;
console.log(JSON.stringify([samples.shape, average((_, i) => i % 2 === 0), average((_, i) => i % 2 === 1)]));
