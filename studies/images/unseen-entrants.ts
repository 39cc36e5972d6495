import { guidedMethods, type SamplerEngine, type Settings } from "../../src/baselines/index.js";
import { type Problem } from "../../src/operators/index.js";
import { type ObservationUpdate } from "../../src/vfm/index.js";
import { amortisedEntrants, type Entrant, type SuiteModels } from "./entrants.js";
import { type Suite } from "./suite.js";

/**
 * The methods for a problem on which no network was trained: those with networks that take A^T y, which are given the
 * class of the most similar known problem, and a guided sampler with the judged model's own flow map, after joint
 * training, as its prior. `tuned` returns the settings that were chosen for the similar problem.
 */
export function unseenEntrants(
  models: SuiteModels,
  unseen: { problem: Problem; like: string },
  suite: Suite,
  engine: SamplerEngine,
  tuned: (method: string) => Settings | undefined,
): Entrant[] {
  const guided = guidedMethods
    .filter(({ name }) => name === suite.unseen?.guided)
    .map((method): Entrant => {
      const settings = tuned(method.name) ?? method.initial;
      const { model, checkpoint } = models.judged;
      return { name: guidedName(method.name), settings, checkpoint, sampler: method.create(model, settings, engine) };
    });
  return [...amortisedEntrants(knowing(models, unseen), { ...suite, flowMapSteps: [1] }, engine), ...guided];
}

/** Models that know only the unseen problem, with the class and the update of the similar known problem. */
function knowing(models: SuiteModels, { problem, like }: { problem: Problem; like: string }): SuiteModels {
  const problems = [problem];
  const updatesOf = (updates: ReadonlyMap<string, ObservationUpdate>) => {
    const update = updates.get(like);
    return new Map(update === undefined ? [] : [[problem.name, update]]);
  };
  const variational = [...models.variational].map(([name, loaded]) => {
    const { updates } = loaded.model;
    const model = { ...loaded.model, problems, ...(updates && { updates: updatesOf(updates) }) };
    return [name, { ...loaded, model }] as const;
  });
  const conditional = [...models.conditional].map(([name, loaded]) => {
    const { updates } = loaded.conditional;
    const model = { ...loaded.conditional, problems, ...(updates && { updates: updatesOf(updates) }) };
    return [name, { ...loaded, conditional: model }] as const;
  });
  return { ...models, variational: new Map(variational), conditional: new Map(conditional) };
}

/** The name of a guided sampler on the judged model's own prior. */
export function guidedName(method: string): string {
  return `${method}-on-vfm`;
}
