import { type CommandDefinition } from "../src/cli/command.js";
import { integerOption } from "../src/cli/options.js";
import { preparedStep } from "./prepared-step.js";
import { fastestMilliseconds, measureProductRate } from "./timing.js";

const batchSize = 2048;
const jumpShare = 0.25;
const flowMap = { model: "mlp", shape: [2], depth: 6, width: 512 };
const adapter = { model: "mlp", observationShape: [2], shape: [2], depth: 4, width: 256 };

/** The checkerboard's joint stage. */
export const checkerboard = {
  seed: 1,
  data: { kind: "checkerboard" },
  flowMap,
  adapter,
  problems: [{ name: "first-coordinate", sigma: 0.1 }],
  stages: [
    {
      kind: "joint",
      steps: 1,
      batchSize,
      jumpShare,
      alpha: 0.5,
      learningRate: { flowMap: 0.0002, adapter: 0.0002 },
      weightDecay: 0.0001,
    },
  ],
};

/**
 * Multiplications and additions in the products of an MLP's forward pass for one sample, and the same without its first
 * layer.
 */
function forwardFlops(inputs: number, depth: number, width: number, outputs: number): { all: number; inner: number } {
  const inner = 2 * ((depth - 1) * width * width + width * outputs);
  return { all: inner + 2 * inputs * width, inner };
}

/**
 * The floating-point operations of the products that one joint step needs, with the JVP only where r != t:
 *
 * - the mean-flow term: forward and, for the jumps, the tangent; gradients of parameters and of x_t (the loss depends
 *   on the adapter's noise through x_t);
 * - the observation term: forward through f_theta(z), gradients of parameters and of z;
 * - the adapter: forward and the gradient of its parameters (none of its input).
 */
export function stepFlops(): number {
  const map = forwardFlops(4, flowMap.depth, flowMap.width, 2);
  const noise = forwardFlops(2, adapter.depth, adapter.width, 4);
  const term = 3 * map.all;
  const perSample = 2 * term + jumpShare * map.all + 2 * noise.all + noise.inner;
  return batchSize * perSample;
}

/**
 * `bench step`: the checkerboard's joint training step on both engines, compared with the limit that its products set.
 */
export const stepBenchmark: CommandDefinition<{ runs: number }> = {
  name: "step",
  description: "time the checkerboard's joint training step (batch 2048) on both engines",
  options: (command) => command.option("--runs <n>", "timed steps of the onnx engine", integerOption(1), 20),
  example: "npm run bench -- step --json",
  run: async ({ runs }, { progress }) => {
    progress.update(0.05, "matrix products");
    const before = await measureProductRate();
    progress.update(0.3, "onnx engine");
    const onnx = await preparedStep(checkerboard, { backend: "onnx" });
    const onnxMs = await fastestMilliseconds(onnx.run, runs);
    await onnx.dispose();
    progress.update(0.5, "matrix products");
    const productGflops = Math.max(before, await measureProductRate());
    progress.update(0.6, "jax-js engine");
    const jax = await preparedStep(checkerboard, { backend: "jax" });
    const jaxMs = await fastestMilliseconds(jax.run, 2);
    await jax.dispose();
    const stepGflop = stepFlops() / 1e9;
    const limitMs = (stepGflop / productGflops) * 1000;
    const json = {
      onnxMs,
      jaxMs,
      limitMs,
      ratioToLimit: onnxMs / limitMs,
      speedupOverJax: jaxMs / onnxMs,
      productGflops,
      stepGflop,
    };
    const text = [
      `onnx engine        ${onnxMs.toFixed(1)} ms a step`,
      `jax-js engine      ${jaxMs.toFixed(0)} ms a step: ${json.speedupOverJax.toFixed(1)} times as long`,
      `best product rate  ${productGflops.toFixed(0)} GFLOP/s`,
      `limit              ${limitMs.toFixed(1)} ms for ${stepGflop.toFixed(1)} GFLOP: the step takes ${json.ratioToLimit.toFixed(2)} times that`,
    ];
    return { json, text: text.join("\n") };
  },
};
