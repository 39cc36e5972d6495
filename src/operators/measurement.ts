import { type HostArray } from "../array/index.js";
import { type Degraded } from "./degrade.js";
import { type ObservationModel } from "./observation.js";
import { type Problem } from "./problems.js";

/** What was measured of images: the observations, and the operator and noise behind them, as `samplePosterior` takes it. */
export interface MeasuredImages extends Pick<Degraded, "parameters"> {
  readonly y: HostArray;
  readonly forward: ObservationModel["predict"];
  /** Whether A commutes with shifts of the image, but for the border. */
  readonly shiftInvariant?: boolean;
  readonly sigma: number;
}

/** The measurement that `degrade` made. */
export function measurementOf(
  { observation: { operator, predict, sigma } }: Problem,
  { observation, parameters }: Pick<Degraded, "observation" | "parameters">,
): MeasuredImages {
  const { shiftInvariant = false } = operator;
  return { y: observation, parameters, forward: predict, shiftInvariant, sigma };
}
