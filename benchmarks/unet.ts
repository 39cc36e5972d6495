import { randomSource } from "../src/array/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { integerOption } from "../src/cli/options.js";
import { costOf } from "../src/compile/index.js";
import { adapterModel, flowMapModel } from "../src/models/index.js";
import { type NDArray, type Tree } from "../src/array/index.js";
import { preparedStep } from "./prepared-step.js";
import { measureProductRate } from "./timing.js";
import { startPeer } from "./unet-peer.js";

const side = 28;
const sizes = { channels: 32, multipliers: [1, 2, 2], blocks: 1, groups: 8, embedding: 128 };
const flowMap = { model: "unet", shape: [1, side, side], ...sizes };
const adapter = { ...flowMap, problems: 1 };
const flowMatchingBatch = 128;
const jointBatch = 96;
const jumpShare = 0.5;

// Two parts of a batch are computed at the same time, with one thread each.
const stage = { steps: 1, accumulate: 2 };
const flowMatching = {
  seed: 1,
  data: { kind: "mnist" },
  flowMap,
  stages: [{ kind: "flow-matching", ...stage, batchSize: flowMatchingBatch, learningRate: 0.0002 }],
};
const joint = {
  ...flowMatching,
  adapter,
  problems: [{ name: "denoise", sigma: 0.5 }],
  stages: [
    {
      kind: "joint",
      ...stage,
      batchSize: jointBatch,
      jumpShare,
      learningRate: { flowMap: 0.0002, adapter: 0.0002 },
    },
  ],
};

/** Multiplications and additions of one network's forward pass for one image, counted from its traced graph. */
async function forwardFlops(): Promise<{ flowMap: number; adapter: number }> {
  const [map, noise] = [flowMapModel(flowMap), adapterModel(adapter)];
  const random = randomSource(1, "cost");
  const image = random.normalArray([1, 1, side, side]);
  const time = random.uniformArray([1]);
  const problem = { shape: [1], data: Int32Array.of(0) };
  const [ofMap, ofAdapter] = await Promise.all([
    costOf(
      (parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray) => map.apply(parameters, x, r, t),
      [map.initialise(random), image, time, time],
    ),
    costOf(
      (parameters: Tree<NDArray>, aty: NDArray, c: NDArray) => {
        const { mean, logSigma } = noise.apply(parameters, aty, c);
        return [mean, logSigma];
      },
      [noise.initialise(random), image, problem],
    ),
  ]);
  return { flowMap: ofMap.flops, adapter: ofAdapter.flops };
}

/**
 * The floating-point operations that the steps need, in forward passes of the networks:
 *
 * - flow matching: forward, the gradients of the parameters and of each layer's input: 3;
 * - joint: the mean-flow term 3, its tangent where r != t 1, the observation term 3, the adapter 3.
 */
async function stepGflop(): Promise<{ flowMatching: number; joint: number }> {
  const forward = await forwardFlops();
  return {
    flowMatching: (flowMatchingBatch * 3 * forward.flowMap) / 1e9,
    joint: (jointBatch * ((6 + jumpShare) * forward.flowMap + 3 * forward.adapter)) / 1e9,
  };
}

/** Milliseconds of each run's fastest repetition; the runs take turns. One uncounted round comes first. */
async function fastestInTurn(
  runs: Record<string, () => Promise<number>>,
  rounds: number,
): Promise<Map<string, number>> {
  const fastest = new Map(Object.keys(runs).map((name) => [name, Infinity]));
  for (let round = 0; round <= rounds; round++)
    for (const [name, run] of Object.entries(runs)) {
      const milliseconds = await run();
      if (round > 0) fastest.set(name, Math.min(fastest.get(name) ?? Infinity, milliseconds));
    }
  return fastest;
}

const timed = (run: () => Promise<unknown>) => async (): Promise<number> => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

/**
 * `bench unet`: training steps of a convolutional U-Net, compared with the limit of their products and with PyTorch.
 */
export const unetBenchmark: CommandDefinition<{ runs: number }> = {
  name: "unet",
  description:
    "time the flow-matching step (batch 128) and the joint step (batch 96) of a U-Net, and the same in PyTorch where " +
    "/usr/bin/python3 has it (Debian's python3-torch)",
  options: (command) => command.option("--runs <n>", "timed repetitions of each step", integerOption(1), 6),
  example: "npm run bench -- unet --json",
  run: async ({ runs }, { progress }) => {
    const gflop = await stepGflop();
    progress.update(0.05, "matrix products");
    const before = await measureProductRate();
    progress.update(0.1, "compilation");
    const steps = [await preparedStep(flowMatching, {}), await preparedStep(joint, {})];
    const peer = await startPeer({
      side,
      ...sizes,
      flowMatchingBatch,
      jointBatch,
      jumps: jumpShare * jointBatch,
    });
    progress.update(0.2, "training steps");
    const times = await fastestInTurn(
      {
        flowMatching: timed(() => steps[0].run()),
        ...(peer && { peerFlowMatching: () => peer.step("flowMatching") }),
        joint: timed(() => steps[1].run()),
        ...(peer && { peerJoint: () => peer.step("joint") }),
      },
      runs,
    );
    peer?.stop();
    for (const step of steps) await step.dispose();
    progress.update(0.9, "matrix products");
    const productGflops = Math.max(before, await measureProductRate());
    const of = (name: string): number => times.get(name) ?? NaN;
    const limit = (of: number): number => (of / productGflops) * 1000;
    const json = {
      flowMatchingMs: of("flowMatching"),
      flowMatchingLimitMs: limit(gflop.flowMatching),
      flowMatchingRatio: of("flowMatching") / limit(gflop.flowMatching),
      jointMs: of("joint"),
      jointLimitMs: limit(gflop.joint),
      jointRatio: of("joint") / limit(gflop.joint),
      productGflops,
      flowMatchingGflop: gflop.flowMatching,
      jointGflop: gflop.joint,
      ...(peer && {
        peer: { torch: peer.version, flowMatchingMs: of("peerFlowMatching"), jointMs: of("peerJoint") },
      }),
    };
    const line = (name: string, milliseconds: number, ratio: number, ofPeer: number | undefined): string =>
      `${name}  ${milliseconds.toFixed(0)} ms a step: ${ratio.toFixed(2)} times the products' limit` +
      (ofPeer === undefined ? "" : `, ${(milliseconds / ofPeer).toFixed(2)} times PyTorch's ${ofPeer.toFixed(0)} ms`);
    const text = [
      line("flow matching", json.flowMatchingMs, json.flowMatchingRatio, json.peer?.flowMatchingMs),
      line("joint        ", json.jointMs, json.jointRatio, json.peer?.jointMs),
      `best product rate  ${productGflops.toFixed(0)} GFLOP/s`,
    ];
    return { json, text: text.join("\n") };
  },
};
