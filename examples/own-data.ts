/**
 * A model of your own data: points of a ring, given as an array. Their first coordinate is observed, with noise.
 *
 *     npx tsx examples/own-data.ts
 */
import { gaussianNoise, hostArray, observationOf, operator, problem, samplePosterior } from "variational-flow-maps";
import { randomSource, sliceAxis } from "variational-flow-maps/array";
import { mlp, mlpAdapter } from "variational-flow-maps/models";
import { flowMatching, fromArrays, joint, train } from "variational-flow-maps/train";

// 2,000 points at a distance of about 1 from the origin.
const random = randomSource(0, "ring");
const ring = Array.from({ length: 2000 }, () => {
  const [angle, radius] = [2 * Math.PI * random.uniform(), 1 + 0.05 * random.normal()];
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
});
const data = fromArrays(hostArray(ring.flat(), [2000, 2]));

// y = x1 + 0.1 e.
const firstOf = operator({
  name: "first coordinate",
  forward: (x) => sliceAxis(x, 1, 0, 1),
  observationShape: () => [1],
});
const height = problem("first coordinate", gaussianNoise(firstOf, 0.1));

const { model } = await train({
  data,
  flowMap: mlp({ shape: [2], depth: 4, width: 128 }),
  adapter: mlpAdapter({ observationShape: [2], shape: [2], depth: 3, width: 64 }),
  problems: [height],
  stages: [
    flowMatching({ steps: 1000, batchSize: 256, learningRate: 2e-3 }),
    joint({ steps: 1000, batchSize: 256, learningRate: { flowMap: 1e-3, adapter: 2e-3 } }),
  ],
  seed: 0,
});

// At x1 = 0 the ring is at x2 = 1 and at x2 = -1: a posterior with two modes.
const y = await observationOf(height, hostArray([0], [1, 1]), { image: [2] });
const { samples } = await samplePosterior(model, y, { samples: 500, seed: 1 });
const second = Array.from({ length: 500 }, (_, i) => samples.data[2 * i + 1]);
const above = second.filter((value) => value > 0);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(
  `above: ${((100 * above.length) / 500).toFixed(0)} % of the samples, around x2 = ${mean(above).toFixed(2)}`,
);
console.log(`below: around x2 = ${mean(second.filter((value) => value <= 0)).toFixed(2)}`);
