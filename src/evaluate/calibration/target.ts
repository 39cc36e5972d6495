import { randomSource } from "../../array/index.js";
import {
  type BatteryOptions,
  judge,
  type PosteriorSampler,
  rankAll,
  type RankedQuantity,
  sampleSimulations,
  type Simulations,
  testRanks,
  type Verdict,
} from "../../metrics/calibration/index.js";

/** A sampler to be judged. */
export interface JudgedSampler {
  readonly sample: PosteriorSampler;
  /** What it is, in a few words. */
  readonly description: string;
  /** Whether it is known to draw from the exact posterior, or known not to. */
  readonly exact?: boolean;
}

/** A problem with samplers, and what the diagnostics need to judge them. */
export interface CalibrationTarget extends Omit<BatteryOptions, "uniform"> {
  readonly title: string;
  readonly simulations: Simulations;
  readonly samplers: Readonly<Record<string, JudgedSampler>>;
}

/** What was found of one sampler. */
export interface JudgedResult {
  readonly verdict: Verdict;
  readonly ranked: readonly RankedQuantity[];
}

/** Options of `judgeSampler`. */
export interface JudgeOptions {
  /** Samples an observation. */
  samples: number;
  /** The probability that an exact sampler is caught, at most. */
  level: number;
  seed: number;
}

/** Draws a sampler's samples for all simulations, and judges them by every diagnostic. */
export async function judgeSampler(
  target: CalibrationTarget,
  name: string,
  { samples, level, seed }: JudgeOptions,
): Promise<JudgedResult> {
  const sampled = await sampleSimulations(target.simulations, target.samplers[name].sample, samples, seed);
  const { uniform } = randomSource(seed, "calibration ties", name);
  const ranked = rankAll(sampled, { ...target, uniform });
  return { verdict: judge(testRanks(ranked), level), ranked };
}

/** One sampler of a target, judged. */
export interface NamedResult extends JudgedResult {
  readonly name: string;
  readonly description: string;
  /** Whether it is known to be exact, or not to be, and was judged to be the other. */
  readonly mistaken: boolean;
}

/** Judges all samplers of a target. `onProgress` is told of the share that is done, in [0, 1], and which comes next. */
export async function judgeSamplers(
  target: CalibrationTarget,
  options: JudgeOptions,
  onProgress?: (done: number, label: string) => void,
): Promise<NamedResult[]> {
  const entries = Object.entries(target.samplers);
  const results: NamedResult[] = [];
  for (const [index, [name, { description, exact }]] of entries.entries()) {
    onProgress?.(index / entries.length, name);
    const judged = await judgeSampler(target, name, options);
    results.push({ ...judged, name, description, mistaken: exact !== undefined && exact !== judged.verdict.passed });
  }
  return results;
}
