import type { InferenceSession, TensorConstructor } from "onnxruntime-common";
import { type HostArray } from "../array/index.js";

/** The devices of the onnx engine: the processor, or an accelerator that ONNX Runtime finds on the user's machine. */
export const devices = ["cpu", "cuda", "coreml", "dml", "webgpu"] as const;

/** One of `devices`. */
export type Device = (typeof devices)[number];

/** Element types of a graph's tensors. */
export type ElementType = "float32" | "int32" | "int64" | "bool";

/** A tensor of a graph: an input, an initializer or the output of a node. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** A graph in the engine's format: plain data that can be sent to another thread. */
export interface EncodedGraph {
  readonly model: Uint8Array;
  /** Large constants, which are passed by reference, without a copy in the model file. */
  readonly outside: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** The inputs that the graph uses, each with its index among the leaves. */
  readonly inputs: readonly (Tensor & { readonly leaf: number })[];
  readonly outputs: readonly Tensor[];
  /** Size of all constants in bytes. */
  readonly constantBytes: number;
}

/** A compiled function on flat lists of host arrays. */
export interface Executor {
  run(leaves: HostArray[]): Promise<HostArray[]>;
  /** Size in bytes of its constants, if known. */
  readonly bytes: number;
  dispose(): Promise<void>;
}

/** The part of an ONNX Runtime session that is used here. */
export interface EngineSession {
  run(feeds: InferenceSession.FeedsType, fetches?: InferenceSession.FetchesType): Promise<InferenceSession.ReturnType>;
  release(): Promise<void>;
}

/** ONNX Runtime on this platform. */
export interface Engine {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<EngineSession>;
  };
  readonly Tensor: TensorConstructor;
  /** `native`: machine code for this processor. `wasm`: WebAssembly. */
  readonly kind: "native" | "wasm";
  /** Opens a session in its own thread; absent if the platform has no such threads. */
  openInThread?(graph: EncodedGraph, threads: number): Promise<Executor>;
}

/** The engine of this platform: in Node the native one, in a browser WebAssembly. */
export interface Runtime {
  /** Loads ONNX Runtime, once. */
  load(): Promise<Engine>;
  /** Default number of threads of the engine on the processor. */
  availableThreads(): number;
  /**
   * Tries a device with a small model.
   *
   * @returns the reason why the device cannot be used; undefined if it can
   */
  tryDevice(device: Exclude<Device, "cpu">, model: Uint8Array): Promise<string | undefined>;
}

/** A file that is read in parts. */
export interface RandomAccessFile {
  readonly path: string;
  readonly size: number;
  /** Reads bytes from `start`, into a new buffer. Throws InputError if the file ends too early. */
  read(start: number, length: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

/** Files on this platform: in Node files on disk, by path; in a browser files are read from URLs and never written. */
export interface Files {
  /**
   * Reads a whole file; in Node also a pipe.
   *
   * @param advice how to repair it, for the message
   * @param most greatest number of bytes. Default: 2 GiB
   * @throws InputError naming the file if it cannot be read, is longer, or is a device
   */
  readInput(path: string, advice?: string, most?: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The SHA-256 of a file of any size, in hexadecimal digits. Throws InputError if it cannot be read. */
  sha256(path: string): Promise<string>;
  /** The location of a model: in Node from a folder or a shipped model's name, in a browser from a URL. */
  modelFolder(given: string): string;
  /** The names of the models that ship with the package; none in a browser. */
  shippedModels(): readonly string[];
  /** Whether a file or a folder exists. */
  exists(path: string): Promise<boolean>;
  /** The names of a folder's entries; none if it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Loads a JavaScript module by its absolute path. */
  importModule(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** Opens a file. Throws InputError naming the path if it cannot be read. */
  openFile(path: string): Promise<RandomAccessFile>;
  /**
   * Writes a file atomically, from consecutive parts, so that a large file need not be in memory. Missing parent
   * folders are created.
   *
   * @throws InputError if the path cannot be written, VfmError if the disk fails
   */
  writePartsAtomically(path: string, parts: Iterable<Uint8Array>): Promise<void>;
  /**
   * Writes a folder atomically: `fill` writes into a temporary folder, which is then renamed to `path`. An existing
   * folder is replaced.
   */
  writeFolderAtomically(path: string, fill: (folder: string) => Promise<void>): Promise<void>;
  /**
   * Locks a folder for this process, until the returned function is called or the process ends. The lock of a process
   * that has ended is void.
   *
   * @param name the lock's file in the folder; locks of different names do not exclude each other. Default: "lock.json"
   * @param acrossHosts whether a process of another host is taken to be running. Default: true
   * @throws InputError naming the process that has locked it
   */
  lock(folder: string, name?: string, acrossHosts?: boolean): Promise<() => Promise<void>>;
  /** Copies a file to a path where there is none. */
  copy(from: string, to: string): Promise<void>;
  /** Appends text to a file. */
  append(path: string, text: string): Promise<void>;
  /** Removes a file, or a folder with its contents, if it exists. */
  remove(path: string): Promise<void>;
}
