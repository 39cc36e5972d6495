import { existsSync } from "node:fs";
import {
  conditionalFlow,
  guidedMethods,
  noiseSpaceChain,
  type PosteriorSampler,
  type SamplerEngine,
  type Settings,
  variationalSampler,
} from "../baselines/index.js";
import { type Dataset, loadImages, type Split } from "../data/index.js";
import { InputError } from "../errors.js";
import { type Problem } from "../operators/index.js";
import { loadConditional, type LoadedConditional, loadModel, type LoadedModel } from "../train/index.js";
import { type Suite, type SuiteDataset } from "./suite.js";

/** The models of a data set that there are. */
export interface SuiteModels {
  model: LoadedModel;
  frozen?: LoadedModel;
  conditional?: LoadedConditional;
  problems: readonly Problem[];
  /** Folders that the suite names and that do not exist: what needs them is left out. */
  missing: string[];
  images(split: Split): Promise<Dataset>;
}

/**
 * Loads a data set's models; undefined if the Variational Flow Map itself is not there.
 *
 * @throws InputError if a checkpoint is damaged, or the model is not one of images
 */
export async function loadSuiteModels({ model, frozen, conditional }: SuiteDataset): Promise<SuiteModels | undefined> {
  if (!existsSync(model)) return undefined;
  const loaded = await loadModel(model);
  const { data } = loaded.metadata.configuration;
  if (data.kind === "checkerboard") throw new InputError(`${model} is a model of points: give a model of images`);
  const missing: string[] = [];
  const optional = async <T>(
    folder: string | undefined,
    load: (from: string) => Promise<T>,
  ): Promise<T | undefined> => {
    if (folder === undefined) return undefined;
    if (existsSync(folder)) return load(folder);
    missing.push(folder);
    return undefined;
  };
  const [alone, amortised] = [await optional(frozen, loadModel), await optional(conditional, loadConditional)];
  return {
    model: loaded,
    ...(alone && { frozen: alone }),
    ...(amortised && { conditional: amortised }),
    problems: loaded.problems,
    missing,
    images: (split) => loadImages(data, split),
  };
}

/**
 * A model's problems of the given names; all if none are given.
 *
 * @throws InputError if the model has no problem of a name
 */
export function wantedProblems(
  { problems }: Pick<SuiteModels, "problems">,
  names: readonly string[] | undefined,
): readonly Problem[] {
  const known = problems.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new InputError(`there is no problem "${unknown}": use ${known.join(", ")}`);
  return problems.filter(({ name }) => names?.includes(name) ?? true);
}

/** A method of the comparison on one problem. */
export interface Entrant {
  name: string;
  /** Its own settings, kept in the results. */
  settings: Settings;
  sampler: PosteriorSampler;
}

/** The name of the reference chain in results. */
export const referenceName = "noise-space-chain";

/** Every method but the reference chain. `tuned` gives the settings of guided methods; the published ones if it has none. */
export function entrants(
  { model, frozen, conditional }: SuiteModels,
  suite: Suite,
  engine: SamplerEngine,
  tuned: (method: string) => Settings | undefined,
): Entrant[] {
  const variational = (name: string, loaded: LoadedModel): Entrant[] => {
    const entrant = (own: string, settings: { steps: number }, of: LoadedModel["model"]): Entrant => ({
      name: own,
      settings,
      sampler: variationalSampler(own, of, settings, engine),
    });
    const networks = { ...loaded.model, updates: undefined };
    return [
      ...suite.flowMapSteps.map((count) => entrant(`${name}-${count}`, { steps: count }, loaded.model)),
      // What the networks alone give, without the update on the observation that follows them.
      ...(loaded.model.updates === undefined ? [] : [entrant(`${name}-1-networks`, { steps: 1 }, networks)]),
    ];
  };
  const prior = (frozen ?? model).model;
  const steps = suite.conditionalSteps;
  const amortised = conditional?.conditional;
  return [
    ...variational("vfm", model),
    ...(frozen === undefined ? [] : variational("adapter-alone", frozen)),
    ...(amortised === undefined
      ? []
      : [{ name: "conditional-flow", settings: { steps }, sampler: conditionalFlow(amortised, { steps }, engine) }]),
    ...guidedMethods.map((method) => {
      const settings = tuned(method.name) ?? method.published;
      return { name: method.name, settings, sampler: method.create(prior, settings, engine) };
    }),
  ];
}

/** The reference chain on the guided samplers' prior. */
export function referenceEntrant({ model, frozen }: SuiteModels, suite: Suite, engine: SamplerEngine): Entrant {
  const { images: _, ...settings } = suite.reference;
  return { name: referenceName, settings, sampler: noiseSpaceChain((frozen ?? model).model, settings, engine) };
}
