import { type NDArray } from "../../array/index.js";
import { anyValue, type OptionRules } from "../../options.js";
import { guidanceRule } from "../checks.js";
import { type Guidance } from "./guidance.js";

/** What every sampler can be told besides its steps. */
export interface SamplerOptions<Network> {
  /** Shift of the times towards the noise, see `timeGrid`; 1 if not given: none. */
  shift?: number | undefined;
  guidance?: Guidance<Network> | undefined;
}

/** The shift is checked where the times are made. */
export const samplerRules: OptionRules<SamplerOptions<(...inputs: NDArray[]) => NDArray>> = {
  shift: anyValue,
  guidance: guidanceRule,
};
