import { runtime } from "#runtime";
import { type EncodedGraph, type Executor, openSession, type SessionOptions } from "../../platform/index.js";
import { availableThreads } from "../threads.js";
import { requireDevice } from "./device.js";
import { encodeModel } from "./encode.js";
import { type Graph } from "./graph.js";

/** Options of the executor. */
export type ExecutorOptions = { [Name in keyof SessionOptions]?: SessionOptions[Name] | undefined };

const largeConstantBytes = 2 ** 20;

/** Encodes a graph for the engine. */
export function encodeGraph(graph: Graph): EncodedGraph {
  const outside = graph.initializers.filter(({ data }) => data.byteLength >= largeConstantBytes);
  const used = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs].map(({ name }) => name));
  const inputs = graph.inputs.map((tensor, leaf) => ({ ...tensor, leaf })).filter(({ name }) => used.has(name));
  return {
    model: encodeModel({ ...graph, inputs }, "function", outside),
    outside: outside.map(({ tensor, data }) => ({ path: tensor.name, data: bytesOf(data) })),
    inputs,
    outputs: graph.outputs,
    constantBytes: graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0),
  };
}

/**
 * Runs a graph with ONNX Runtime. Throws InputError if the device cannot be used, CompileError if the graph is
 * rejected.
 */
export async function onnxExecutor(graph: EncodedGraph, options: ExecutorOptions = {}): Promise<Executor> {
  await requireDevice(options.device ?? "cpu");
  const threads = options.threads ?? availableThreads();
  return openSession(await runtime.load(), graph, { ...options, threads });
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
