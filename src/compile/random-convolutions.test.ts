import { describe, expect, it } from "vitest";
import {
  constant,
  convolve,
  type ConvolutionOptions,
  mul,
  type NDArray,
  randomSource,
  sum,
  valueAndGradient,
} from "../array/index.js";
import { compile } from "./index.js";

type Widths = [[number, number], [number, number]];
type Trial = ReturnType<typeof drawTrial>;

/** A convolution of small sizes; undefined if the window does not fit. */
function drawTrial(seed: number) {
  const random = randomSource(seed, "convolution");
  const upTo = (most: number): number => 1 + Math.floor(random.uniform() * most);
  const width = (): number => upTo(9) - 4;
  const groups = random.uniform() < 0.75 ? 1 : 2;
  const [batch, inner, outer] = [upTo(2), upTo(3), groups * upTo(3)];
  const sides = [upTo(6), upTo(6)];
  const window = [upTo(4), upTo(4)];
  const padding: Widths = [
    [width(), width()],
    [width(), width()],
  ];
  const [stride, kernelDilation] = [upTo(2), upTo(2)];
  const imageDilation = random.uniform() < 0.75 ? 1 : 2;
  const out = sides.map((side, i) => {
    const length = (side - 1) * imageDilation + 1 + padding[i][0] + padding[i][1];
    return length < 1 ? 0 : Math.floor((length - ((window[i] - 1) * kernelDilation + 1)) / stride) + 1;
  });
  if (Math.min(...out) < 1) return undefined;
  return {
    options: { stride, padding, groups, kernelDilation, imageDilation } satisfies ConvolutionOptions,
    x: random.normalArray([batch, groups * inner, ...sides]),
    kernel: random.normalArray([outer, inner, ...window]),
    weights: random.normalArray([batch, outer, ...out]),
  };
}

/**
 * A convolution as in a network: samples and channels that fill the blocks of the engine's direct kernels, or few
 * outputs of many channels.
 */
function drawLayer(seed: number): Trial & object {
  const random = randomSource(seed, "layer");
  const from = <T>(choices: readonly T[]): T => choices[Math.floor(random.uniform() * choices.length)];
  const [batch, inner, outer] = [from([2, 16, 32]), from([16, 32]), from([1, 2, 3, 16, 32])];
  const sides = [from([3, 4, 8]), from([4, 5])];
  const window = [from([1, 2, 3]), 3];
  const width = (axis: number): [number, number] => [from([0, 1]), from([0, 1, window[axis] - 1])];
  const padding: Widths = [width(0), width(1)];
  const out = sides.map((side, i) => side + padding[i][0] + padding[i][1] - window[i] + 1);
  return {
    options: { stride: 1, padding, groups: 1, kernelDilation: 1, imageDilation: 1 },
    x: random.normalArray([batch, inner, ...sides]),
    kernel: random.normalArray([outer, inner, ...window]),
    weights: random.normalArray([batch, outer, ...out]),
  };
}

/** sum(weights * convolution) in loops, with its gradients with respect to image and kernel: it is linear in both. */
function byLoops({ options, x, kernel, weights }: Trial & object) {
  const { stride, padding, groups, kernelDilation, imageDilation } = options;
  const [, channels, height, width] = x.shape;
  const [outer, inner, rows, columns] = kernel.shape;
  const [batch, , high, wide] = weights.shape;
  const [byImage, byKernel] = [new Float64Array(x.data.length), new Float64Array(kernel.data.length)];
  let value = 0;
  const pixel = (at: number, side: number): number =>
    at >= 0 && at % imageDilation === 0 && at / imageDilation < side ? at / imageDilation : -1;
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < high; i++)
        for (let j = 0; j < wide; j++)
          for (let c = 0; c < inner; c++)
            for (let m = 0; m < rows; m++)
              for (let n = 0; n < columns; n++) {
                const row = pixel(i * stride + m * kernelDilation - padding[0][0], height);
                const column = pixel(j * stride + n * kernelDilation - padding[1][0], width);
                if (row < 0 || column < 0) continue;
                const channel = Math.floor((o * groups) / outer) * inner + c;
                const from = ((b * channels + channel) * height + row) * width + column;
                const tap = ((o * inner + c) * rows + m) * columns + n;
                const weight = weights.data[((b * outer + o) * high + i) * wide + j];
                value += weight * x.data[from] * kernel.data[tap];
                byImage[from] += weight * kernel.data[tap];
                byKernel[tap] += weight * x.data[from];
              }
  return { value, byImage, byKernel };
}

function differentiated({ options, weights }: Trial & object) {
  return (inputs: { x: NDArray; kernel: NDArray }) => {
    const { value, gradient } = valueAndGradient((given: typeof inputs): [NDArray, NDArray[]] => {
      const result = convolve(given.x, given.kernel, options);
      expect(result.shape).toEqual(weights.shape);
      return [sum(mul(result, constant(weights))), []];
    })(inputs);
    return { value, gradient };
  };
}

const trials = Array.from({ length: 120 }, (_, seed) => drawTrial(seed)).flatMap((trial) => trial ?? []);
const layers = Array.from({ length: 40 }, (_, seed) => drawLayer(seed));

/** Compares value and gradients with the sums written out. */
async function check(trial: Trial & object, backend: "onnx" | "jax", tolerance: number): Promise<void> {
  const { x, kernel } = trial;
  const compiled = await compile(differentiated(trial), [{ x, kernel }], { backend });
  const { value, gradient } = await compiled.run({ x, kernel });
  await compiled.dispose();
  const expected = byLoops(trial);
  const settings = JSON.stringify({ x: x.shape, kernel: kernel.shape, ...trial.options });
  expect(Math.abs(value.data[0] - expected.value), settings).toBeLessThan(tolerance);
  for (const [actual, wanted] of [
    [gradient.x, expected.byImage],
    [gradient.kernel, expected.byKernel],
  ] as const)
    actual.data.forEach((number, i) => {
      expect(Math.abs(number - wanted[i]), settings).toBeLessThan(tolerance);
    });
}

describe.each(["onnx", "jax"] as const)("convolutions of any sizes on the %s engine", (backend) => {
  it("have the value and the gradients of the sums written out", async () => {
    expect(trials.length).toBeGreaterThan(60);
    for (const trial of trials) await check(trial, backend, 1e-3);
  }, 120_000);

  it("have them with the sizes of a network's layers", async () => {
    // Sums of up to 600,000 products, in single precision.
    for (const layer of layers) await check(layer, backend, 2e-2);
  }, 120_000);
});
