import { type StepLosses } from "./worker/services.js";

/** The losses of a run, by loss and network: one value a step. */
export interface Losses {
  /** The loss of the flow, of the flow map alone and then of joint training. */
  readonly flow: { readonly alone: readonly number[]; readonly joint: readonly number[] };
  /** The adapter's terms. */
  readonly adapter: { readonly joint: readonly number[]; readonly frozen: readonly number[] };
}

/** The losses of a run that has not begun. */
export const noLosses: Losses = { flow: { alone: [], joint: [] }, adapter: { joint: [], frozen: [] } };

/** The losses with those of further steps. */
export function withSteps({ flow, adapter }: Losses, steps: readonly StepLosses[]): Losses {
  const of = (network: StepLosses["network"], part: "flow" | "adapter"): number[] =>
    steps.filter((step) => step.network === network).flatMap((step) => step[part] ?? []);
  return {
    flow: {
      alone: [...flow.alone, ...of("flowMap", "flow")],
      joint: [...flow.joint, ...of("joint", "flow")],
    },
    adapter: {
      joint: [...adapter.joint, ...of("joint", "adapter")],
      frozen: [...adapter.frozen, ...of("frozen", "adapter")],
    },
  };
}
