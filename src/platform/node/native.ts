import { aroundCalls } from "../around-calls.js";
import { type Engine } from "../types.js";
import { callCounter } from "./native-calls.js";
import { openInThread } from "./session-thread.js";

/** Loads ONNX Runtime as machine code for this processor. Fails if onnxruntime-node is not installed or cannot run. */
export async function loadNative(): Promise<Engine> {
  const counted = callCounter();
  const { InferenceSession, Tensor } = await counted(() => import("onnxruntime-node"));
  return aroundCalls({ InferenceSession, Tensor, kind: "native", openInThread }, counted);
}
