import { guidedMethods, type SamplerEngine, type Settings } from "../baselines/index.js";
import { amortisedEntrants, type Entrant, type SuiteModels } from "./entrant.js";
import { type Suite } from "./suite.js";

/**
 * The methods of a problem that no network was trained on: those whose networks see A^T y, and a guided sampler with the
 * judged model's own flow map as its prior, which the joint training has kept. `tuned` gives the settings that were chosen
 * for the problem that it is like.
 */
export function unseenEntrants(
  models: SuiteModels,
  suite: Suite,
  engine: SamplerEngine,
  tuned: (method: string) => Settings | undefined,
): Entrant[] {
  const guided = guidedMethods
    .filter(({ name }) => name === suite.unseen?.guided)
    .map((method): Entrant => {
      const settings = tuned(method.name) ?? method.published;
      const { model, checkpoint } = models.judged;
      return { name: guidedName(method.name), settings, checkpoint, sampler: method.create(model, settings, engine) };
    });
  return [...amortisedEntrants(models, { ...suite, flowMapSteps: [1] }, engine), ...guided];
}

/** The name of a guided sampler on the judged model's own prior. */
export function guidedName(method: string): string {
  return `${method}-on-vfm`;
}
