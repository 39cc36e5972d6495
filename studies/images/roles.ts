import { guidedMethods } from "../../src/baselines/index.js";
import { type Cell } from "./cell.js";

/** The methods that the judgement and the comparison refer to, by their names in results. */
export const roles = {
  vfm: "vfm-1",
  networksAlone: "vfm-1-networks",
  adapterAlone: "adapter-alone-1",
  conditionalFlow: "conditional-flow",
  conditionalMeanFlow: "conditional-mean-flow",
  conditionalScore: "conditional-score",
  conditionalScoreUpdated: "conditional-score-updated",
} as const;

/** The conditional flow maps with one evaluation for each sample. */
export const oneStepConditional: readonly string[] = [roles.conditionalMeanFlow, roles.conditionalScore];

/** The same with an update on the observation of their own. */
export const updatedConditional: readonly string[] = ["conditional-mean-flow-updated", roles.conditionalScoreUpdated];

const guidedNames = new Set(guidedMethods.map(({ name }) => name));

/** Whether a method is one of the guided samplers. */
export function isGuided({ method }: Pick<Cell, "method">): boolean {
  return guidedNames.has(method);
}

/**
 * A cell's figures on the images on which all methods are run: those of `shared`, or its own if all methods have the
 * same size.
 */
export function sharedFigures(cell: Cell): Omit<NonNullable<Cell["shared"]>, "images" | "samples"> {
  return cell.shared ?? cell;
}

/** The first item with the least loss; undefined if there are none. */
export function leastBy<T>(items: readonly T[], loss: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || loss(item) < loss(best) ? item : best),
    undefined,
  );
}
