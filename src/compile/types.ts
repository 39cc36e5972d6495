import { type HostArray, type HostType, type NDArray } from "../array/index.js";
import { type Device } from "../platform/index.js";

export { type Device, devices } from "../platform/index.js";

/** The shape and element type of an argument, for arguments without example data. */
export interface ArraySpec {
  readonly shape: readonly number[];
  readonly type: HostType;
}

/** The type on the host of a traced argument: every NDArray leaf becomes a host array. */
export type Hosted<T> = T extends NDArray ? HostArray : { [K in keyof T]: Hosted<T[K]> };

/** An example of a traced argument; only shapes and element types are used. */
export type Example<T> = T extends NDArray ? HostArray | ArraySpec : { [K in keyof T]: Example<T[K]> };

/** The engines for which a function can be compiled. */
export const backends = ["onnx", "jax"] as const;

/** One of `backends`. */
export type Backend = (typeof backends)[number];

/** Options of `compile`. */
export interface CompileOptions {
  /** `onnx` (default): ONNX Runtime. `jax`: jax-js's own just-in-time compiler. */
  backend?: Backend | undefined;
  /**
   * Whether results are written to two alternating sets of buffers instead of new ones, which is faster in a loop. A
   * result then stays valid until the next call but one.
   */
  reuseOutputs?: boolean | undefined;
  /** Number of threads of the onnx engine. Default: all cores, which WebAssembly in Node always uses. */
  threads?: number | undefined;
  /**
   * Number of sessions of the onnx engine on the processor among which overlapping runs are divided; the
   * threads are divided among them, at least one for each. Default: 1. With more, results are always new arrays.
   */
  replicas?: number | undefined;
  /** The device of the onnx engine. Default: "cpu". Operators that the device lacks run on the processor. */
  device?: Device | undefined;
}

/** A compiled function: pure, from host arrays to host arrays. */
export interface Compiled<Args extends readonly unknown[], Out> {
  /**
   * Runs it.
   *
   * @throws ShapeError if an argument's form, shape or element type is not the example's, or its data do not have as
   *   many values as its shape says; InputError after `dispose`
   */
  run(...args: Hosted<Args>): Promise<Hosted<Out>>;
  /** Size in bytes of the arrays that it keeps: constants and parameters. */
  readonly bytes: number;
  /** Frees the engine's memory, when the runs underway have ended. Further calls do nothing. */
  dispose(): Promise<void>;
}
