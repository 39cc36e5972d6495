import { type NDArray } from "../../array/index.js";
import { anyValue, type OptionRules } from "../../options.js";
import { guidanceRule } from "../checks.js";
import { type Guidance } from "./guidance.js";

/** Options of every sampler besides its steps. */
export interface SamplerOptions<Network> {
  /** Shift of the times towards the noise, see `timeGrid`. Default: 1, no shift. */
  shift?: number | undefined;
  guidance?: Guidance<Network> | undefined;
}

/** The rules for `SamplerOptions`. The shift is checked where the times are made. */
export const samplerRules: OptionRules<SamplerOptions<(...inputs: NDArray[]) => NDArray>> = {
  shift: anyValue,
  guidance: guidanceRule,
};
