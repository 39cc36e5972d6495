import { type HostArray, type NDArray, type Tree } from "../array/index.js";

/**
 * An optimiser: the state that it keeps for parameters, and one update of both inside a traced function.
 *
 * @typeParam Settings the settings of a stage
 * @typeParam Traced the settings that enter the graph directly; the others enter through the scalars
 * @typeParam Names the names of the scalars that change from step to step
 * @typeParam Kept the names of the kept trees
 */
export interface Optimiser<Settings extends Traced, Traced, Names extends string, Kept extends string> {
  /** The state before the first update. */
  init(parameters: Tree<HostArray>): Readonly<Record<Kept, Tree<HostArray>>>;
  /**
   * The values that depend on the step alone, computed once on the host; they enter the graph as scalars. Updates count
   * from 1.
   */
  scalars(settings: Settings, learningRate: number, update: number): Readonly<Record<Names, number>>;
  /**
   * One update.
   *
   * @param scale a scalar that multiplies the gradient: the factor of `clipFactor`
   */
  update<P extends Tree<NDArray>>(
    step: {
      readonly parameters: P;
      readonly gradient: P;
      readonly state: Readonly<Record<Kept, P>>;
      readonly scalars: Readonly<Record<Names, NDArray>>;
      readonly scale: NDArray;
    },
    settings: Traced,
  ): { parameters: P; state: Readonly<Record<Kept, P>> };
}
