import { aFunction, anObject, checkArgument, integerFrom } from "../../options.js";
import { checkSome } from "../arrays.js";
import { rankTruths, type Ranks } from "./ranks.js";
import { formOfSamples, rowOf, type SampledSimulations, type Table } from "./simulations.js";

/**
 * A number computed from x, which is ranked; it may depend on the simulation, and hence on its observation.
 *
 * The ranks of every quantity are uniform for the exact posterior. Which errors they detect depends on the quantity:
 * one that does not depend on y cannot distinguish the posterior from the prior (Modrak et al. 2023).
 *
 * @param x [d]
 * @param simulation the simulation's index, 0 ... N - 1
 */
export type TestQuantity = (x: Table, simulation: number) => number;

/**
 * The k-th coordinate of x.
 *
 * @throws InputError if `k` is not a non-negative integer
 * @example
 * const ranks = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 */
export function coordinate(k: number): TestQuantity {
  checkArgument("coordinate", "k", k, integerFrom(0));
  return (x) => x[k];
}

/**
 * The distance of x to a point that belongs to the simulation, |x - r_i|: the quantity of TARP, "tests of accuracy with
 * random points" (Lemos et al. 2023). The share of the samples that are nearer to the point than the truth is the
 * credibility of the ball through the truth; the share of the simulations where it is at most c is TARP's expected
 * coverage at level c.
 *
 * With points that are drawn without using y, the prior passes the test. If they depend on y, then uniform ranks for
 * every distribution of the points imply the exact posterior.
 *
 * @param references [N, d]
 * @throws ShapeError if there are no references, InputError if a value is not finite
 * @example
 * const references = Float64Array.from(sampled.truths, () => random.normal());
 * const ranks = calibration.rankQuantity(sampled, calibration.distanceTo(references), random.uniform);
 */
export function distanceTo(references: Table): TestQuantity {
  checkSome(references, "distanceTo: the references");
  return (x, simulation) => {
    const size = x.length;
    let total = 0;
    for (let k = 0; k < size; k++) total += (x[k] - references[simulation * size + k]) ** 2;
    return Math.sqrt(total);
  };
}

/**
 * The likelihood of the simulation's own observation, log p(y_i | x), up to a constant: a quantity that depends on y.
 *
 * @param logLikelihood takes x [d] and y [k]
 * @throws InputError if the observations are not whole rows of finite numbers, or `logLikelihood` is no function
 * @example
 * const likelihood = calibration.likelihoodOf(sampled, ([x], [y]) => -((y - x) ** 2) / 2);
 * const ranks = calibration.rankQuantity(sampled, likelihood, random.uniform);
 */
export function likelihoodOf(
  simulations: Pick<SampledSimulations, "count" | "observations">,
  logLikelihood: (x: Table, y: Table) => number,
): TestQuantity {
  checkArgument("likelihoodOf", "the simulations", simulations, anObject);
  checkArgument("likelihoodOf", "logLikelihood", logLikelihood, aFunction);
  const { observations } = simulations;
  const size = rowOf("likelihoodOf", "observations", simulations, observations);
  return (x, simulation) => logLikelihood(x, observations.subarray(simulation * size, (simulation + 1) * size));
}

/**
 * The ranks of a quantity of the truths among the same quantity of their samples.
 *
 * @param uniform draws a number uniform in [0, 1), for ties
 * @throws ShapeError if truths or samples are not whole rows
 * @example
 * const { ranks, slots } = calibration.rankQuantity(sampled, calibration.coordinate(0), random.uniform);
 */
export function rankQuantity(sampled: SampledSimulations, quantity: TestQuantity, uniform: () => number): Ranks {
  const [size, each] = formOfSamples("ranks", sampled);
  checkArgument("ranks", "quantity", quantity, aFunction);
  const { count, truths, samples } = sampled;
  const row = (table: Table, i: number): Table => table.subarray(i * size, (i + 1) * size);
  return rankTruths(
    Float64Array.from({ length: count }, (_, i) => quantity(row(truths, i), i)),
    Float64Array.from({ length: count * each }, (_, j) => quantity(row(samples, j), Math.floor(j / each))),
    uniform,
  );
}
