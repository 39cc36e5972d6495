/** Seconds between two machines for a message of no length. */
const latencySeconds = 20e-6;
const networks = [10, 100];
const rankCounts = [8, 16, 32, 64, 128, 256, 512, 1024];

/** What is measured of a step on two ranks of one machine, each with one part. */
export interface MeasuredStep {
  stepMs: number;
  sumMs: number;
  /** The time in which the batch of both parts is drawn. */
  drawMs: number;
  parameters: number;
}

/** What the model expects of a number of ranks. */
export interface ScalingRow {
  gigabits: number;
  ranks: number;
  stepMs: number;
  /** The share of the time that goes into a rank's own part. */
  efficiency: number;
}

/**
 * The time of a step of N ranks, a machine each, with one part of the batch on each:
 *
 *     T(N) = own + N draw + sum + 2 (N - 1) / N bytes / bandwidth + 2 (N - 1) latency
 *
 * `own` is a part's gradient and the update, `draw` the drawing of a part's random numbers, which every rank does for the
 * whole batch, `sum` what the sum takes within one machine. The efficiency is (own + draw) / T(N).
 */
export function scalingTable({ stepMs, sumMs, drawMs, parameters }: MeasuredStep): ScalingRow[] {
  const own = stepMs - sumMs;
  const draw = drawMs / 2;
  return networks.flatMap((gigabits) =>
    rankCounts.map((ranks) => {
      const bytesMs = (1000 * 2 * ((ranks - 1) / ranks) * 4 * parameters) / ((gigabits * 1e9) / 8);
      const expected = own + ranks * draw + sumMs + bytesMs + 1000 * 2 * (ranks - 1) * latencySeconds;
      return { gigabits, ranks, stepMs: expected, efficiency: (own + draw) / expected };
    }),
  );
}
