import { runtime } from "#runtime";

/** How many threads the onnx engine has on the processor, unless it is told otherwise. */
export function availableThreads(): number {
  return runtime.availableThreads();
}
