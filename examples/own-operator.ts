/**
 * An operator of your own: magnetic resonance imaging, which measures some rows of an image's Fourier transform. Only
 * the forward operator is written down; its adjoint comes from differentiation.
 *
 *     npx tsx examples/own-operator.ts
 */
import { gaussianNoise, hostArray, observe, operator, problem, samplePosterior } from "variational-flow-maps";
import { concatenate, fourierTransform2d, mul, randomSource, zeros } from "variational-flow-maps/array";
import { psnr } from "variational-flow-maps/metrics";
import { unet, unetAdapter } from "variational-flow-maps/models";
import { flowMatching, fromArrays, joint, train } from "variational-flow-maps/train";

const side = 16;
const shape = [1, side, side];

/**
 * y = mask * F x / side, with real and imaginary part as two channels: the low frequencies and a third of the others.
 */
const subsampledFourier = operator({
  name: "subsampled Fourier transform",
  observedMask: "mask",
  observationShape: ([, height, width]) => [2, height, width],
  draw: (count, [, height], random) => {
    const isLow = (row: number): boolean => Math.min(row, height - row) <= 2;
    const rows = Array.from({ length: count * height }, (_, i) =>
      isLow(i % height) || random.uniform() < 1 / 3 ? 1 : 0,
    );
    return { mask: hostArray(rows, [count, 1, height, 1]) };
  },
  forward: (x, { mask }) => {
    const { real, imag } = fourierTransform2d({ real: x, imag: zeros(x.shape) });
    return mul(mul(concatenate([real, imag], 1), 1 / side), mask);
  },
});
const scan = problem("mri", gaussianNoise(subsampledFourier, 0.05));

/** Phantoms: two ellipses on a dark ground, values in [-1, 1]. */
function drawPhantoms(count: number, seed: number) {
  const random = randomSource(seed, "phantoms");
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const images = new Float32Array(count * side * side).fill(-1);
  for (let image = 0; image < count; image++)
    for (const grey of [between(-0.4, 0.2), between(0.3, 1)]) {
      const [row, column] = [between(5, 10), between(5, 10)];
      const [high, wide] = [between(2, 6), between(2, 6)];
      for (let i = 0; i < side * side; i++)
        if ((((i / side) | 0) - row) ** 2 / high ** 2 + ((i % side) - column) ** 2 / wide ** 2 < 1)
          images[image * side * side + i] = grey;
    }
  return hostArray(images, [count, ...shape]);
}

const network = { shape, channels: 8, multipliers: [1, 2], groups: 4, embedding: 32 };
const { model } = await train({
  data: fromArrays(drawPhantoms(5000, 0)),
  flowMap: unet(network),
  adapter: unetAdapter({ ...network, problems: 1 }),
  problems: [scan],
  stages: [
    flowMatching({ steps: 150, batchSize: 32, learningRate: 2e-3, averageDecay: 0.98 }),
    joint({
      steps: 250,
      batchSize: 32,
      learningRate: { flowMap: 1e-3, adapter: 2e-3 },
      averageDecay: 0.98,
      reduction: "mean",
      observationWeight: 0.3,
      klWeight: 0.3,
      score: { draws: 2, pixelWeight: 20, energyWeight: 5 },
    }),
  ],
  seed: 0,
});

const truth = drawPhantoms(8, 1);
const y = await observe(scan, truth, { seed: 2 });
const { samples } = await samplePosterior(model, y, { samples: 16, seed: 3 });
const size = side * side;
const mean = Float64Array.from(truth.data, (_, pixel) => {
  const first = Math.floor(pixel / size) * 16 * size + (pixel % size);
  return Array.from({ length: 16 }, (_, j) => samples.data[first + j * size]).reduce((sum, value) => sum + value) / 16;
});
console.log(`peak signal-to-noise ratio of A^T y: ${psnr(y.transposed.data, truth.data).toFixed(1)} dB`);
console.log(`of the mean of 16 posterior samples: ${psnr(mean, truth.data).toFixed(1)} dB`);
