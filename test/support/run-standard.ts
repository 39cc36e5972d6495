import { InferenceSession, Tensor } from "onnxruntime-node";
import { type HostArray, type Tree, namedLeaves } from "../../src/array/index.js";

/** Runs an exported ONNX file with one output on host arrays, the leaves of its arguments in order. */
export async function runStandard(bytes: Uint8Array, inputs: Tree<HostArray>): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const leaves = namedLeaves(inputs).map(({ array }) => array);
  const feeds = Object.fromEntries(
    session.inputNames.map((name, i) => [name, new Tensor(leaves[i].data as Float32Array, [...leaves[i].shape])]),
  );
  const results = await session.run(feeds);
  await session.release();
  return results[session.outputNames[0]].data as Float32Array;
}
