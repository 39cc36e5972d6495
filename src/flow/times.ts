import { InputError } from "../errors.js";
import {
  aFunction,
  checkEntries,
  checkOptions,
  integerFrom,
  numberFrom,
  type OptionRule,
  type OptionRules,
} from "../options.js";
import { type HostArray, type RandomSource } from "../array/index.js";

/** The distribution of flow matching's time t: uniform on [0, 1], or sigmoid(N(mean, deviation^2)). */
export type TimeLaw = { kind: "uniform" } | { kind: "logit-normal"; mean: number; deviation: number };

/**
 * The distribution of a jump's two times before they are sorted: both uniform, or sigmoid(N(mean, deviation^2)) with a
 * mean for each.
 */
export type JumpLaw =
  { kind: "uniform" } | { kind: "logit-normal"; means: readonly [number, number]; deviation: number };

/** Times r <= t of a batch, [B] each. */
export interface Times {
  r: HostArray;
  t: HostArray;
}

/** Options of `drawTimes`. */
export interface TimesOptions {
  /** Number of samples in a block. */
  size: number;
  /** Number of equal blocks of the batch. */
  blocks: number;
  /** Number of samples at the front of every block with r != t. */
  jumps: number;
  /** The number of these jumps, at the front of every block, that span the whole interval, (r, t) = (0, 1). */
  wholeJumps: number;
  timeLaw: TimeLaw;
  jumpLaw: JumpLaw;
}

const numbers = (value: unknown, count: number): boolean =>
  Array.isArray(value) && value.length === count && value.every(Number.isFinite);
const lawRule = (wanted: string, means: (law: { mean?: unknown; means?: unknown }) => boolean): OptionRule => ({
  wanted: `{ kind: "uniform" } or { kind: "logit-normal", ${wanted}, deviation }`,
  accepts: (value) => {
    const law = (typeof value === "object" ? value : undefined) as Readonly<Record<string, unknown>> | null | undefined;
    return (
      law?.kind === "uniform" || (law?.kind === "logit-normal" && means(law) && numberFrom(0).accepts(law.deviation))
    );
  },
});
const rules: OptionRules<TimesOptions> = {
  size: integerFrom(1, 2 ** 24),
  blocks: integerFrom(1, 2 ** 24),
  jumps: integerFrom(0),
  wholeJumps: integerFrom(0),
  timeLaw: lawRule("mean", ({ mean }) => Number.isFinite(mean)),
  jumpLaw: lawRule("means", ({ means }) => numbers(means, 2)),
};

/**
 * Draws the times of a batch: in every block first the whole jumps, then the other jumps, then samples with r = t.
 *
 * @throws InputError if an option is unknown, missing or wrong, or there are more whole jumps than jumps, or more
 *   jumps than samples
 * @example
 * const uniform = { kind: "uniform" } as const;
 * const options = { size: 64, blocks: 1, jumps: 16, wholeJumps: 0, timeLaw: uniform, jumpLaw: uniform };
 * const times = drawTimes(options, random); // r < t for 16 samples, r = t for the others
 */
export function drawTimes(options: TimesOptions, random: RandomSource): Times {
  checkOptions("drawTimes", options, rules, ["size", "blocks", "jumps", "wholeJumps", "timeLaw", "jumpLaw"]);
  checkEntries("drawTimes", "random", random, { uniform: aFunction, normal: aFunction });
  if (options.wholeJumps > options.jumps || options.jumps > options.size)
    throw new InputError(
      `drawTimes: ${options.wholeJumps} whole jumps of ${options.jumps} jumps of ${options.size} samples`,
    );
  const { size, blocks, jumps, wholeJumps, timeLaw, jumpLaw } = options;
  const r = new Float32Array(size * blocks);
  const t = new Float32Array(size * blocks);
  for (let i = 0; i < r.length; i++) {
    const place = i % size;
    [r[i], t[i]] =
      place < wholeJumps ? [0, 1] : place < jumps ? drawJump(jumpLaw, random) : same(drawTime(timeLaw, random));
  }
  return { r: { shape: [r.length], data: r }, t: { shape: [t.length], data: t } };
}

function drawTime(law: TimeLaw, random: RandomSource): number {
  return law.kind === "uniform" ? random.uniform() : sigmoid(law.mean + law.deviation * random.normal());
}

function drawJump(law: JumpLaw, random: RandomSource): [number, number] {
  const [a, b] =
    law.kind === "uniform"
      ? [random.uniform(), random.uniform()]
      : law.means.map((mean) => sigmoid(mean + law.deviation * random.normal()));
  return [Math.min(a, b), Math.max(a, b)];
}

const same = (time: number): [number, number] => [time, time];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
