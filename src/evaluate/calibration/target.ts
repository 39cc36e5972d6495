import { randomSource } from "../../array/index.js";
import {
  type BatteryOptions,
  judge,
  type TableSampler,
  rankAll,
  type RankedQuantity,
  sampleSimulations,
  type Simulations,
  testRanks,
  type Verdict,
} from "../../metrics/calibration/index.js";

/** A sampler to be tested. */
export interface JudgedSampler {
  readonly sample: TableSampler;
  /** A description in a few words. */
  readonly description: string;
  /** Whether it is known to draw from the exact posterior, or known not to; absent if unknown. */
  readonly exact?: boolean;
}

/** A problem with samplers, and the arguments of the diagnostics that test them. */
export interface CalibrationTarget extends Omit<BatteryOptions, "uniform"> {
  readonly title: string;
  readonly simulations: Simulations;
  readonly samplers: Readonly<Record<string, JudgedSampler>>;
}

/** The result for one sampler. */
export interface JudgedResult {
  readonly verdict: Verdict;
  readonly ranked: readonly RankedQuantity[];
}

/** Options of `judgeSampler`. */
export interface JudgeOptions {
  /** Number of samples of each observation. */
  samples: number;
  /** Greatest probability that an exact sampler is rejected. */
  level: number;
  seed: number;
}

/** Draws a sampler's samples for all simulations, and tests them with every diagnostic. */
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

/** The result for one sampler of a target, with its name. */
export interface NamedResult extends JudgedResult {
  readonly name: string;
  readonly description: string;
  /** Whether the verdict contradicts what is known of the sampler's exactness. */
  readonly mistaken: boolean;
}

/**
 * Tests all samplers of a target. `onProgress` is called with the share that is done, in [0, 1], and the name of the
 * next sampler.
 */
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
