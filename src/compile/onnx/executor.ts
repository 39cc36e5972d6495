import type { InferenceSession, Tensor as RuntimeTensor, TensorConstructor } from "onnxruntime-common";
import { type HostArray, sizeOf } from "../../array/index.js";
import { CompileError } from "../../errors.js";
import { type Executor } from "../jax.js";
import { type Device } from "../types.js";
import { executionProviders, requireDevice } from "./device.js";
import { encodeModel } from "./encode.js";
import { availableThreads } from "./threads.js";
import { type ElementType, type Graph, type Tensor } from "./graph.js";

interface Runtime {
  InferenceSession: { create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
  Tensor: TensorConstructor;
}

/** ONNX Runtime: the native one in Node. */
async function loadRuntime(): Promise<Runtime> {
  return await import("onnxruntime-node");
}

/** Options of the executor. */
export interface ExecutorOptions {
  reuseOutputs?: boolean;
  threads?: number;
  device?: Device;
}

const largeConstantBytes = 2 ** 20;

/** A graph as the engine reads it: plain data that can be handed to another thread. */
export interface EncodedGraph {
  readonly model: Uint8Array;
  /** Large constants, which are handed over where they lie, without a copy in the model file. */
  readonly outside: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** The inputs that the graph uses, each with its number among the leaves. */
  readonly inputs: readonly (Tensor & { readonly leaf: number })[];
  readonly outputs: readonly Tensor[];
  /** Bytes of all constants. */
  readonly constantBytes: number;
}

/** The graph as the engine reads it. */
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

/** Runs a graph with ONNX Runtime. */
export async function onnxExecutor(graph: EncodedGraph, options: ExecutorOptions = {}): Promise<Executor> {
  const { device = "cpu" } = options;
  await requireDevice(device);
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(graph.model, {
    externalData: graph.outside,
    executionProviders: executionProviders(device),
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    intraOpNumThreads: options.threads ?? availableThreads(),
    logSeverityLevel: 3,
    // Threads that went on spinning after a run would take the processor from the next session's.
    extra: { session: { set_denormal_as_zero: "1", force_spinning_stop: "1" } },
  }).catch((error: unknown) => {
    throw new CompileError(`ONNX Runtime refused the graph: ${error instanceof Error ? error.message : String(error)}`);
  });
  const tensorOf = ({ data, shape }: HostArray, type: ElementType): RuntimeTensor =>
    new runtime.Tensor(type as "float32", data as Float32Array, shape);
  const buffers = (): RuntimeTensor[] => graph.outputs.map((tensor) => tensorOf(emptyArray(tensor), tensor.type));
  const rotation = options.reuseOutputs ? [buffers(), buffers()] : undefined;
  let turn = 0;
  return {
    async run(leaves) {
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name, type, leaf }) => [name, tensorOf(leaves[leaf], type)] as const),
      );
      const targets = rotation ? rotation[turn++ % 2] : buffers();
      const fetches = Object.fromEntries(graph.outputs.map(({ name }, i) => [name, targets[i]] as const));
      await session.run(feeds, fetches);
      return targets.map(({ data }, i) => hostOf(data, graph.outputs[i]));
    },
    bytes: graph.constantBytes,
    dispose: () => session.release(),
  };
}

function emptyArray({ shape, type }: Tensor): HostArray {
  const size = sizeOf(shape);
  if (type === "bool") return { shape, data: new Uint8Array(size) as unknown as Int32Array };
  return { shape, data: type === "int32" ? new Int32Array(size) : new Float32Array(size) };
}

function hostOf(data: unknown, { shape, type }: Tensor): HostArray {
  return { shape, data: type === "bool" ? Int32Array.from(data as Uint8Array) : (data as Float32Array) };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
