import { accelerators, secondsAt } from "../src/cost/index.js";

/** Seconds between two machines for an empty message. */
const latencySeconds = 20e-6;
const networks = [10, 100];
const rankCounts = [8, 16, 32, 64, 128, 256, 512, 1024];

/** The measurements of a step on two ranks of one machine, each with one part. */
export interface MeasuredStep {
  stepMs: number;
  sumMs: number;
  /** The same without waiting for the other rank, for vectors with as many numbers. */
  sumAloneMs: number;
  /** The time in which the batch of both parts is drawn. */
  drawMs: number;
  parameters: number;
}

/** The model's prediction for a number of ranks. */
export interface ScalingRow {
  gigabits: number;
  ranks: number;
  stepMs: number;
  /** The share of the time for a rank's own part. */
  efficiency: number;
}

/**
 * The time of a step of N ranks, each on its own machine with one part of the batch:
 *
 *     T(N) = own + N draw + sum + 2 (N - 1) / N bytes / bandwidth + 2 (N - 1) latency
 *
 * `own` is the time of a part's gradient and of the update, `draw` that of a part's random numbers, which every rank
 * draws for the whole batch, and `sum` that of the sum within one machine. The efficiency is (own + draw) / T(N).
 */
export function scalingTable({ stepMs, sumMs, drawMs, parameters }: MeasuredStep): ScalingRow[] {
  return expectedRows({ own: stepMs - sumMs, draw: drawMs / 2, sum: sumMs, parameters });
}

/** The parts of a step's time in milliseconds; see `scalingTable`. */
interface StepParts {
  own: number;
  draw: number;
  sum: number;
  parameters: number;
}

function expectedRows({ own, draw, sum, parameters }: StepParts): ScalingRow[] {
  return networks.flatMap((gigabits) =>
    rankCounts.map((ranks) => {
      const bytesMs = (1000 * 2 * ((ranks - 1) / ranks) * 4 * parameters) / ((gigabits * 1e9) / 8);
      const expected = own + ranks * draw + sum + bytesMs + 1000 * 2 * (ranks - 1) * latencySeconds;
      return { gigabits, ranks, stepMs: expected, efficiency: (own + draw) / expected };
    }),
  );
}

/**
 * A joint step of DMFT-B/2 with the base adapter, at the published settings: operations and parameters from
 * benchmarks/results/cost-dmft-b.json, a part of 12 samples.
 */
const published = {
  partFlops: 513e12 / 21,
  parameters: 140_704_728,
  // The noise of y, of the latents and of the interpolant.
  numbers: 12 * (3 * 256 * 256 + 2 * 32 * 32 * 4),
};

/** The processors that compute a part: 16 cores at the 285 GFLOP/s measured for two, or an accelerator. */
const processors = [
  { processor: "16 cores", seconds: (flops: number) => flops / (8 * 285e9) },
  ...accelerators
    .filter(({ name }) => name.includes("A100"))
    .map(({ name, bfloat16 }) => ({
      processor: `${name}, bfloat16`,
      seconds: (flops: number) => secondsAt(flops, bfloat16),
    })),
];

/**
 * The same model for DMFT-B/2, of which no step was run: `own` from its operations, `sum` in proportion to the number
 * of parameters, `draw` from the time of a normal number. Reading images is left out.
 *
 * @param numberMs milliseconds in which a normal number is drawn
 */
export function publishedScaling({ sumAloneMs, parameters }: MeasuredStep, numberMs: number) {
  const sum = (sumAloneMs * published.parameters) / parameters;
  return processors.flatMap(({ processor, seconds }) => {
    const own = 1000 * seconds(published.partFlops);
    const draw = numberMs * published.numbers;
    const rows = expectedRows({ own, draw, sum, parameters: published.parameters });
    return rows.map((row) => ({ processor, ...row }));
  });
}
