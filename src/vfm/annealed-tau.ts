import { checkArgument, checkEntries, numberFrom, positiveNumber } from "../options.js";

/**
 * tau at a training step, annealed from `start` to `end` along half a cosine:
 * tau = end + (start - end) (1 + cos(pi step / steps)) / 2.
 *
 * @throws InputError if `start` or `end` is not a positive number, or `step` or `steps` is negative or no number
 * @example
 * annealedTau({ start: 1, end: 0.5 }, 500, 1000); // 0.75
 */
export function annealedTau(tau: { start: number; end: number }, step: number, steps: number): number {
  checkEntries("annealedTau", "tau", tau, { start: positiveNumber(), end: positiveNumber() });
  checkArgument("annealedTau", "step", step, numberFrom(0));
  checkArgument("annealedTau", "steps", steps, numberFrom(0));
  const progress = Math.min(1, step / Math.max(1, steps));
  return tau.end + ((tau.start - tau.end) * (1 + Math.cos(Math.PI * progress))) / 2;
}
