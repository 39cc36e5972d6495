import { type Engine } from "../types.js";
import { openInThread } from "./session-thread.js";

/** Loads ONNX Runtime as machine code for this processor. Fails if onnxruntime-node is not installed or cannot run. */
export async function loadNative(): Promise<Engine> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  return { InferenceSession, Tensor, kind: "native", openInThread };
}
