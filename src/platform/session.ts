import type { Tensor as RuntimeTensor } from "onnxruntime-common";
import { type HostArray, sizeOf } from "../array/index.js";
import { CompileError, InputError, VfmError } from "../errors.js";
import {
  type Device,
  type ElementType,
  type EncodedGraph,
  type Engine,
  type EngineSession,
  type Executor,
  type Tensor,
} from "./types.js";

/** Options of a session. */
export interface SessionOptions {
  /** Whether results are written to two alternating sets of buffers; for the native engine. */
  reuseOutputs?: boolean | undefined;
  /** Number of threads for an operator; WebAssembly has the same number in all sessions. */
  threads: number;
  device?: Device | undefined;
}

/**
 * Opens a session of ONNX Runtime that runs a graph. Its runs throw VfmError if the engine fails.
 *
 * @throws CompileError if the engine refuses the graph; InputError if the engine's own files cannot be loaded
 */
export async function openSession(engine: Engine, graph: EncodedGraph, options: SessionOptions): Promise<Executor> {
  const { device = "cpu" } = options;
  const session = await engine.InferenceSession.create(graph.model, {
    externalData: graph.outside,
    // In order of preference: the device, and the processor for operators that the device lacks.
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    intraOpNumThreads: options.threads,
    logSeverityLevel: 3,
    // Threads that keep spinning after a run would take the processor from the next session.
    extra: { session: { set_denormal_as_zero: "1", force_spinning_stop: "1" } },
  }).catch((error: unknown) => {
    const message = messageOf(error);
    // The only message about the engine itself: its files were not found, or the server answered with something else.
    if (message.includes("no available backend found"))
      throw new InputError(
        `ONNX Runtime's files cannot be loaded (${message}): serve them, and name their folder in configureWasm({ files })`,
      );
    throw new CompileError(`ONNX Runtime refused the graph: ${message}`);
  });
  const runSession: EngineSession["run"] = (...given) =>
    session.run(...given).catch((error: unknown) => {
      throw new VfmError(`ONNX Runtime failed: ${messageOf(error)}`);
    });
  const tensorOf = ({ data, shape }: HostArray, type: ElementType): RuntimeTensor =>
    new engine.Tensor(type as "float32", data as Float32Array, shape);
  const buffers = (): RuntimeTensor[] => graph.outputs.map((tensor) => tensorOf(emptyArray(tensor), tensor.type));
  const rotation = options.reuseOutputs && engine.kind === "native" ? [buffers(), buffers()] : undefined;
  let turn = 0;
  return {
    async run(leaves) {
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name, type, leaf }) => [name, tensorOf(leaves[leaf], type)] as const),
      );
      if (engine.kind === "wasm") {
        // The results are copied out of WebAssembly's memory; this engine does not fill given arrays.
        const results = await runSession(feeds);
        return graph.outputs.map((tensor) => hostOf(results[tensor.name].data, tensor));
      }
      const targets = rotation ? rotation[turn++ % 2] : buffers();
      const fetches = Object.fromEntries(graph.outputs.map(({ name }, i) => [name, targets[i]] as const));
      await runSession(feeds, fetches);
      return targets.map(({ data }, i) => hostOf(data, graph.outputs[i]));
    },
    bytes: graph.constantBytes,
    dispose: () => session.release(),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function emptyArray({ shape, type }: Tensor): HostArray {
  const size = sizeOf(shape);
  if (type === "bool") return { shape, data: new Uint8Array(size) as unknown as Int32Array };
  return { shape, data: type === "int32" ? new Int32Array(size) : new Float32Array(size) };
}

function hostOf(data: unknown, { shape, type }: Tensor): HostArray {
  return { shape, data: type === "bool" ? Int32Array.from(data as Uint8Array) : (data as Float32Array) };
}
