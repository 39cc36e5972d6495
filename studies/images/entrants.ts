import { existsSync } from "node:fs";
import {
  conditionalFlow,
  conditionalFlowMap,
  guidedMethods,
  noiseSpaceChain,
  type PosteriorSampler,
  type SamplerEngine,
  type Settings,
  updatedConditional,
  variationalSampler,
} from "../../src/baselines/index.js";
import { type Dataset } from "../../src/data/index.js";
import { loadImages, type Split } from "../../src/node/data/index.js";
import { InputError } from "../../src/errors.js";
import { type Problem } from "../../src/operators/index.js";
import {
  loadConditional,
  type LoadedConditional,
  loadCheckpoint,
  type LoadedModel,
} from "../../src/checkpoint/index.js";
import { trainingImagesOf, trainingStagesOf } from "../../src/train/configuration/index.js";
import { type VariationalFlowMap } from "../../src/vfm/index.js";
import { checkpointHash, parametersHash } from "./checkpoint-hash.js";
import { judgedName, type Suite, type SuiteDataset } from "./suite.js";

/** A loaded checkpoint with the hash of its files. */
type Hashed<T> = T & { checkpoint: string };

/** The available models of a data set. */
export interface SuiteModels {
  /** By name, including the judged model. */
  variational: ReadonlyMap<string, Hashed<LoadedModel>>;
  judged: Hashed<LoadedModel>;
  /** The flow map before joint training. */
  prior?: Hashed<LoadedModel>;
  conditional: ReadonlyMap<string, Hashed<LoadedConditional>>;
  problems: readonly Problem[];
  images(split: Split): Promise<Dataset>;
}

/**
 * Loads a data set's models, except those that do not exist; undefined if the judged Variational Flow Map does not.
 *
 * @throws InputError if a checkpoint is damaged, or the model is not one of images
 */
export async function loadSuiteModels({
  variational,
  prior,
  conditional,
}: SuiteDataset): Promise<SuiteModels | undefined> {
  const folder = variational[judgedName];
  const there = async <T>(named: Readonly<Record<string, string>>, load: (from: string) => Promise<T>) => {
    const loaded = new Map<string, Hashed<T>>();
    for (const [name, from] of Object.entries(named))
      if (existsSync(from)) loaded.set(name, { ...(await load(from)), checkpoint: await checkpointHash(from) });
    return loaded;
  };
  const models = await there(variational, loadCheckpoint);
  const before = (await there(prior === undefined ? {} : { prior }, loadCheckpoint)).get("prior");
  const judged = models.get(judgedName);
  if (judged === undefined) return undefined;
  const { problems, metadata } = judged;
  const data = trainingImagesOf(metadata);
  if (data === undefined) throw new InputError(`${folder} is not a model of images of this library: give one`);
  return {
    variational: models,
    judged,
    ...(before && { prior: before }),
    conditional: await there(conditional, loadConditional),
    problems,
    images: (split) => loadImages(data, split),
  };
}

/**
 * The items with the given names; all items if no names are given.
 *
 * @throws InputError if there is no item with a name
 */
export function wantedProblems<T extends { name: string }>(
  problems: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  const known = problems.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new InputError(`there is no problem "${unknown}": use ${known.join(", ")}`);
  return problems.filter(({ name }) => names?.includes(name) ?? true);
}

/** A method in the comparison on one problem. */
export interface Entrant {
  name: string;
  /** Its own settings, which are stored in the results. */
  settings: Settings;
  /** The hash of the checkpoint of its network, or of the flow map that is its prior. */
  checkpoint: string;
  sampler: PosteriorSampler;
}

/** The name of the reference chain in results. */
export const referenceName = "noise-space-chain";

/**
 * The model whose flow map is the prior of the guided samplers, which is the one before joint training or else the
 * judged one, with the hash of the flow map alone.
 */
export function guidedPrior({ prior, judged }: SuiteModels): { model: VariationalFlowMap; checkpoint: string } {
  const { model } = prior ?? judged;
  return { model, checkpoint: parametersHash(model.parameters.flowMap) };
}

/**
 * Every method except the reference chain. `tuned` returns the settings of a guided method, or undefined for those
 * from which a search starts.
 */
export function entrants(
  models: SuiteModels,
  suite: Suite,
  engine: SamplerEngine,
  tuned: (method: string) => Settings | undefined,
): Entrant[] {
  const { model, checkpoint } = guidedPrior(models);
  return [
    ...amortisedEntrants(models, suite, engine),
    ...guidedMethods.map((method) => {
      const settings = tuned(method.name) ?? method.initial;
      return { name: method.name, settings, checkpoint, sampler: method.create(model, settings, engine) };
    }),
  ];
}

/** The methods whose networks take A^T y: Variational Flow Maps and conditional flow maps. */
export function amortisedEntrants(
  { variational, conditional }: SuiteModels,
  suite: Suite,
  engine: SamplerEngine,
): Entrant[] {
  return [
    ...[...variational].flatMap(([name, loaded]) => variationalEntrants(name, loaded, suite.flowMapSteps, engine)),
    ...[...conditional].flatMap(([name, loaded]) => conditionalEntrants(name, loaded, suite, engine)),
  ];
}

/** The name in results of a Variational Flow Map with this many evaluations. */
export function withSteps(name: string, steps: number): string {
  return `${name}-${steps}`;
}

/** The name in results of a Variational Flow Map with one evaluation and without its update on the observation. */
export function networksAlone(name: string): string {
  return `${withSteps(name, 1)}-networks`;
}

function variationalEntrants(
  name: string,
  { model, checkpoint }: Hashed<LoadedModel>,
  flowMapSteps: readonly number[],
  engine: SamplerEngine,
): Entrant[] {
  const entrant = (own: string, steps: number, of: VariationalFlowMap): Entrant => ({
    name: own,
    settings: { steps },
    checkpoint,
    sampler: variationalSampler(own, of, { steps }, engine),
  });
  return [
    ...flowMapSteps.map((steps) => entrant(withSteps(name, steps), steps, model)),
    // The result of the networks alone, without the subsequent update on the observation.
    ...(model.updates === undefined ? [] : [entrant(networksAlone(name), 1, { ...model, updates: undefined })]),
  ];
}

/** The name in results of a one-step conditional flow map with an update on the observation. */
export function withUpdate(name: string): string {
  return `${name}-updated`;
}

function conditionalEntrants(
  name: string,
  { conditional, metadata, checkpoint }: Hashed<LoadedConditional>,
  { conditionalSteps }: Suite,
  engine: SamplerEngine,
): Entrant[] {
  if (trainingStagesOf(metadata).at(-1) === "conditional-flow-matching") {
    const settings = { steps: conditionalSteps };
    return [{ name, settings, checkpoint, sampler: conditionalFlow(conditional, settings, engine) }];
  }
  const settings = { steps: 1 };
  const updated = withUpdate(name);
  return [
    { name, settings, checkpoint, sampler: conditionalFlowMap(name, conditional, settings, engine) },
    ...(conditional.updates === undefined
      ? []
      : [{ name: updated, settings, checkpoint, sampler: updatedConditional(updated, conditional, engine) }]),
  ];
}

/** The reference chain on the guided samplers' prior. */
export function referenceEntrant(
  models: SuiteModels,
  { images: _, ...settings }: NonNullable<Suite["reference"]>,
  engine: SamplerEngine,
): Entrant {
  const { model, checkpoint } = guidedPrior(models);
  return { name: referenceName, settings, checkpoint, sampler: noiseSpaceChain(model, settings, engine) };
}
