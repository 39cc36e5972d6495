import { availableParallelism } from "node:os";

/** How many threads the onnx engine has on the processor, unless it is told otherwise. */
export function availableThreads(): number {
  return availableParallelism();
}
