import { add, constantTree, type HostArray, mul, type NDArray, ones, type Tree } from "../array/index.js";
import { timeGrid } from "../flow/index.js";
import { chainSampler } from "./chains.js";
import { type SamplerEngine } from "./engine.js";
import { type PosteriorSampler } from "./posterior-sampler.js";

/** A trained conditional velocity: its network as a function of its parameters, and the parameters. */
export interface ConditionalFlow {
  readonly parameters: Tree<HostArray>;
  /** u(x_t, t | A^T y, c). x, aty: [B, C, H, W], t: [B], problem: int32 [B]. */
  velocity(parameters: Tree<NDArray>, x: NDArray, t: NDArray, aty: NDArray, problem: NDArray): NDArray;
}

/**
 * A flow that was trained with the observation as an input, the plain amortised rival: flow matching (Lipman et al. 2023) of
 * u(x_t, t | A^T y, c), integrated by Euler's method. `steps` evaluations a sample, none differentiated. Exact for an exact
 * network and many steps.
 */
export function conditionalFlow(
  model: ConditionalFlow,
  { steps }: { steps: number },
  engine: SamplerEngine,
): PosteriorSampler {
  const times = timeGrid(steps);
  return chainSampler(
    {
      name: "conditional-flow",
      owner: model,
      steps,
      draws: { normal: false, uniform: false },
      scalars: (step) => ({ t: times[step], change: times[step + 1] - times[step] }),
      step: ({ x }, { aty, problem }, scalars) => {
        const t = mul(ones([x.shape[0]]), scalars.t);
        const v = model.velocity(constantTree(model.parameters), x, t, aty, problem);
        return { x: add(x, mul(v, scalars.change)) };
      },
    },
    engine,
  );
}
