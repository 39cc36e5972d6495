import type { InferenceSession, TensorConstructor } from "onnxruntime-common";
import { type HostArray } from "../array/index.js";

/** Where the onnx engine computes: the processor, or an accelerator that ONNX Runtime finds on the user's machine. */
export const devices = ["cpu", "cuda", "coreml", "dml", "webgpu"] as const;

/** One of `devices`. */
export type Device = (typeof devices)[number];

/** Element types that a graph's tensors have. */
export type ElementType = "float32" | "int32" | "int64" | "bool";

/** A tensor of a graph: an input, an initializer or the output of a node. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

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

/** A compiled function on flat lists of host arrays. */
export interface Executor {
  run(leaves: HostArray[]): Promise<HostArray[]>;
  /** Bytes of the constants that it holds, where they are known. */
  readonly bytes: number;
  dispose(): Promise<void>;
}

/** A session of ONNX Runtime: what is used of it. */
export interface EngineSession {
  run(feeds: InferenceSession.FeedsType, fetches?: InferenceSession.FetchesType): Promise<InferenceSession.ReturnType>;
  release(): Promise<void>;
}

/** ONNX Runtime as this platform has it. */
export interface Engine {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<EngineSession>;
  };
  readonly Tensor: TensorConstructor;
  /** `native`: machine code of this processor. `wasm`: WebAssembly. */
  readonly kind: "native" | "wasm";
  /** Opens a session in a thread of its own; absent where the platform has no such threads. */
  openInThread?(graph: EncodedGraph, threads: number): Promise<Executor>;
}

/** What runs graphs on this platform: Node's with the native engine, a browser's with WebAssembly. */
export interface Runtime {
  /** Loads ONNX Runtime, once. */
  load(): Promise<Engine>;
  /** How many threads the engine has on the processor, unless it is told otherwise. */
  availableThreads(): number;
  /**
   * Tries a device with a small model.
   *
   * @returns why the device cannot be used; undefined if it can
   */
  tryDevice(device: Exclude<Device, "cpu">, model: Uint8Array): Promise<string | undefined>;
}

/** A file that is read in parts. */
export interface RandomAccessFile {
  readonly path: string;
  readonly size: number;
  /** The bytes from `start` on, in a buffer of their own. Throws InputError if the file ends before. */
  read(start: number, length: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

/** Files on this platform: Node's on disk, by their paths; a browser's are read from URLs and never written. */
export interface Files {
  /**
   * Reads a file whole; in Node a pipe too.
   *
   * @param advice how to mend it, for the message
   * @param most bytes that are read at most; 2 GiB if not given
   * @throws InputError naming the file if it cannot be read, is longer, or is a device
   */
  readInput(path: string, advice?: string, most?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Where a model is from what a user calls it: in Node a folder or a shipped model's name, in a browser a URL. */
  modelFolder(given: string): string;
  /** Whether a file or a folder stands there. */
  exists(path: string): Promise<boolean>;
  /** The names of what stands in a folder; none if it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Loads a JavaScript module by its absolute path. */
  importModule(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** Opens a file. Throws InputError naming the path if it cannot be read. */
  openFile(path: string): Promise<RandomAccessFile>;
  /**
   * Writes a file whole or not at all, from parts one after another: a large file need not be in memory. Makes the folders
   * above it.
   *
   * @throws InputError if the path cannot be written, VfmError if the disk fails
   */
  writePartsAtomically(path: string, parts: Iterable<Uint8Array>): Promise<void>;
  /**
   * Writes a folder whole or not at all: `fill` writes into a temporary folder that is then renamed to `path`. A folder that
   * stands there is replaced.
   */
  writeFolderAtomically(path: string, fill: (folder: string) => Promise<void>): Promise<void>;
  /**
   * Holds a folder for this process alone, until what is returned is called or the process ends. A process that ended without
   * giving it back holds nothing.
   *
   * @throws InputError naming the process that holds it
   */
  lock(folder: string): Promise<() => Promise<void>>;
  /** Adds text to the end of a file. */
  append(path: string, text: string): Promise<void>;
  /** Removes a file or a folder with all that it holds, if it is there. */
  remove(path: string): Promise<void>;
}
