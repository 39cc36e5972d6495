/** How a learning rate changes over the steps of a stage. */
export interface Schedule {
  /** Steps over which the rate rises linearly from 0 to its full value. */
  warmUp: number;
  /** The share of the steps at the end, in [0, 1], over which the rate falls along a cosine; 0 keeps it constant. */
  cosineShare: number;
  /** The rate at the end of the cosine, as a share of the full rate. */
  final: number;
}

/**
 * The factor of the learning rate at `step` = 0 ... steps - 1.
 *
 * Linear warm-up: (step + 1) / warmUp. Cosine: final + (1 - final) (1 + cos(pi a)) / 2, where a runs from 0 to 1 over
 * the last `cosineShare` of the steps. `progress` in [0, 1] is step / steps or, for a stage with a time limit, the
 * share of the time that has passed.
 */
export function scheduleFactor(schedule: Schedule, step: number, progress: number): number {
  const warm = schedule.warmUp > 0 ? Math.min(1, (step + 1) / schedule.warmUp) : 1;
  const start = 1 - schedule.cosineShare;
  if (progress <= start) return warm;
  const along = Math.min(1, (progress - start) / schedule.cosineShare);
  return warm * (schedule.final + ((1 - schedule.final) * (1 + Math.cos(Math.PI * along))) / 2);
}

/**
 * The decay of an exponential moving average after `update` = 1, 2, ... updates: min(decay, update / (update + 9)),
 * so that the average forgets its start quickly.
 */
export function averageDecay(decay: number, update: number): number {
  return Math.min(decay, update / (update + 9));
}
