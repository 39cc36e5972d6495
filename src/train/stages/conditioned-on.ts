import { type NDArray, type Tree } from "../../array/index.js";
import { type MeanVelocity } from "../../flow/index.js";
import { type TaskContext } from "./task-context.js";

/** The conditional flow map of a batch's observations. */
export function conditionedOn(
  context: TaskContext,
  parameters: Tree<NDArray>,
  aty: NDArray,
  problem: NDArray,
): MeanVelocity {
  const u = context.conditionalFlowMap(parameters);
  return (x, r, t) => u(x, r, t, aty, problem);
}
