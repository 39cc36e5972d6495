import { type HostArray, type NDArray, type Tree } from "../array/index.js";

/**
 * An optimiser: what it keeps of parameters, and one update of them inside a traced function.
 *
 * @typeParam Settings what is fixed for a stage
 * @typeParam Traced the settings that enter the graph by themselves; the others enter by the scalars
 * @typeParam Names the scalars that change from step to step
 * @typeParam Kept what is kept, by name
 */
export interface Optimiser<Settings extends Traced, Traced, Names extends string, Kept extends string> {
  /** What is kept before the first update. */
  init(parameters: Tree<HostArray>): Readonly<Record<Kept, Tree<HostArray>>>;
  /** What depends on the step alone, computed once on the host: it enters the graph as scalars. Updates count from 1. */
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
