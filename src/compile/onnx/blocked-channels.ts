import { randomSource } from "../../array/index.js";
import { encodeGraph, onnxExecutor } from "./executor.js";
import { GraphBuilder } from "./graph.js";
import { lowerBlockedConvolution } from "./lower-blocked-convolution.js";
import { viewOf } from "./view.js";

/** Channels in a block of the engine's convolutions on x86-64 processors with and without AVX-512. */
const candidates = [16, 8];

let known: Promise<number | undefined> | undefined;

/**
 * Number of channels in the blocks of ONNX Runtime's direct convolution on this processor. The engine does not report
 * it, so it is found by running a convolution once.
 *
 * @returns undefined if there is no such convolution, or none that agrees with the ordinary one
 */
export function blockedChannels(): Promise<number | undefined> {
  known ??= firstThatAgrees();
  return known;
}

async function firstThatAgrees(): Promise<number | undefined> {
  for (const block of candidates) if (await agrees(block)) return block;
  return undefined;
}

async function agrees(block: number): Promise<boolean> {
  const random = randomSource(1, "blocked convolution");
  const channels = 2 * Math.max(...candidates);
  const shape = [1, channels, 4, 4];
  const values = [random.normalArray(shape), random.normalArray([channels, channels, 3, 3])];
  const graph = new GraphBuilder();
  const [image, kernel] = values.map((value, i) => graph.input(`input_${i}`, value.shape, "float32"));
  const pads = [1, 1, 1, 1];
  const ordinary = graph.add("Conv", [image, kernel], shape, { attributes: { pads: { ints: pads } } });
  const parameters = {
    vmapDims: 0,
    strides: [1, 1],
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
  } as const;
  const blocked = lowerBlockedConvolution(graph, viewOf(image), viewOf(kernel), parameters, shape, block);
  const finished = graph.finish([
    { name: "ordinary", tensor: ordinary },
    { name: "blocked", tensor: blocked },
  ]);
  try {
    const executor = await onnxExecutor(encodeGraph(finished), { threads: 1 });
    try {
      const [first, second] = await executor.run(values);
      return first.data.every((value, i) => Math.abs(value - second.data[i]) < 1e-3);
    } finally {
      await executor.dispose();
    }
  } catch {
    // This build of the engine rejects the operators, which are its own and not in the standard.
    return false;
  }
}
