import { InputError } from "../errors.js";
import {
  type AdapterNetwork,
  adapterModel,
  autoencoderModel,
  type BoundNetworks,
  conditionalModel,
  type ConditionalNetwork,
  type FlowMapNetwork,
  flowMapModel,
  type ModelSpec,
} from "../models/index.js";
import {
  firstCoordinate,
  type ForwardOperator,
  gaussianNoise,
  imageProblem,
  type ObservationModel,
  problem,
  type Problem,
  sameObservation,
} from "../operators/index.js";
import { aText, anObject, checkArgument, checkOptions, type OptionRule, type OptionRules } from "../options.js";
import { loadExport, moduleReference } from "./modules.js";

/** The caller's own networks and problems, which a checkpoint cannot name. */
export type OwnParts = BoundNetworks & { readonly problems?: readonly Problem[] };

const networkRule: OptionRule = {
  wanted: "a network { shape, initialise, apply }",
  accepts: (value) => {
    const { shape, initialise, apply } = (value ?? {}) as Partial<FlowMapNetwork>;
    return Array.isArray(shape) && typeof initialise === "function" && typeof apply === "function";
  },
};
const problemsRule: OptionRule = {
  wanted: "a list of problems, as `problem` and `imageProblem` make them",
  accepts: (value) =>
    Array.isArray(value) && value.every((one: Partial<Problem> | null) => typeof one?.observation === "object"),
};
const ownRules: OptionRules<OwnParts> = {
  flowMap: networkRule,
  adapter: networkRule,
  conditional: networkRule,
  autoencoder: anObject,
  problems: problemsRule,
};

/**
 * Checks that `own` contains networks and problems, and that `folder` can be the name of a folder. Throws InputError if
 * not.
 */
export function checkLoad(of: string, folder: string, own: OwnParts): void {
  checkArgument(of, "folder", folder, aText);
  checkOptions(of, own, ownRules);
}

type Entry = Readonly<Record<string, unknown>>;

/**
 * The networks that a specification names.
 *
 * @param own the caller's networks, in place of those that the specification cannot name
 * @throws InputError if a model or module is unknown or wrong, or a network is neither named nor given
 */
export async function bindNetworks(spec: Omit<ModelSpec, "problems">, own: BoundNetworks = {}): Promise<BoundNetworks> {
  const { flowMap, adapter, conditional, autoencoder } = spec;
  return {
    flowMap: own.flowMap ?? (await bindNetwork<FlowMapNetwork>("flowMap", flowMap, flowMapModel)),
    adapter: own.adapter ?? (await bindNetwork<AdapterNetwork>("adapter", adapter, adapterModel)),
    conditional:
      own.conditional ?? (await bindNetwork<ConditionalNetwork>("conditional", conditional, conditionalModel)),
    autoencoder: own.autoencoder ?? (autoencoder && autoencoderModel(autoencoder)),
  };
}

/** The members of every kind of network. */
type AnyNetwork = Pick<FlowMapNetwork, "shape" | "initialise"> & { apply(...inputs: never[]): unknown };

async function bindNetwork<Network extends AnyNetwork>(
  name: string,
  entry: Entry | undefined,
  registered: (config: unknown) => Network,
): Promise<Network | undefined> {
  if (entry === undefined) return undefined;
  if (entry.own === true)
    throw new InputError(`the ${name} is not a network of this library: bind it again, loadModel(folder, { ${name} })`);
  const reference = moduleReference(entry);
  if (reference === undefined) return registered(entry);
  const members = { shape: "object", initialise: "function", apply: "function" } as const;
  const network = (await loadExport(reference, `${name} network`, members)) as Network;
  // The members of an instance of a class are not its own.
  const { shape } = network;
  const [initialise, apply] = [network.initialise.bind(network), network.apply.bind(network)];
  return { ...network, shape, initialise, apply, config: entry };
}

/**
 * The problems of a specification: the six problems of images [C, H, W], that of the checkerboard's points, or those
 * with a user's own operator or observation model.
 *
 * @param own the caller's problems, in place of those of the specification with the same names
 * @throws InputError if there is no such problem for this data, a module is wrong, or a problem of the caller is not one
 *   of the specification or has another observation model
 */
export async function bindProblems(
  specs: readonly ModelSpec["problems"][number][],
  sampleShape: readonly number[],
  own: readonly Problem[] = [],
): Promise<Problem[]> {
  const unknown = own.find(({ name }) => specs.every((spec) => spec.name !== name));
  if (unknown !== undefined)
    throw new InputError(
      `the model has no problem "${unknown.name}": give those of ${specs.map(({ name }) => name).join(", ")} that are your own`,
    );
  return Promise.all(
    specs.map(async (spec) => {
      const { name, class: given, range } = spec;
      const its = own.find((one) => one.name === name);
      if (spec.own === true) {
        if (its !== undefined) return { ...its, class: its.class ?? given };
        throw new InputError(
          `${name} is not a problem of this library: bind it again, loadModel(folder, { problems })`,
        );
      }
      const observation = await bindObservation(spec);
      const known =
        observation === undefined
          ? namedProblem(spec, sampleShape)
          : problem(name, observation, { class: given, range, config: spec });
      if (its === undefined) return known;
      if (!sameObservation(its.observation, known.observation))
        throw new InputError(
          `the problem "${name}" is not the one that the model learnt (another operator or noise): leave it out`,
        );
      return { ...its, class: its.class ?? known.class };
    }),
  );
}

async function bindObservation({
  operator,
  observation,
  sigma = NaN,
}: ModelSpec["problems"][number]): Promise<ObservationModel | undefined> {
  if (observation !== undefined) {
    const members = { operator: "object", observe: "function", logLikelihood: "function" } as const;
    return (await loadExport(observation, "observation model", members)) as ObservationModel;
  }
  if (operator === undefined) return undefined;
  const members = {
    forward: "function",
    transpose: "function",
    draw: "function",
    observationShape: "function",
  } as const;
  return gaussianNoise((await loadExport(operator, "forward operator", members)) as ForwardOperator, sigma);
}

function namedProblem(spec: ModelSpec["problems"][number], sampleShape: readonly number[]): Problem {
  const { name, sigma = NaN, range, holes, transpose, class: given } = spec;
  if (sampleShape.length === 3) {
    const known = imageProblem(name, { sigma, range, holes, transpose });
    return given === undefined ? known : { ...known, class: given, config: spec };
  }
  if (name !== firstCoordinate.name)
    throw new InputError(`there is no problem "${name}" for points: use "${firstCoordinate.name}"`);
  return problem(name, gaussianNoise(firstCoordinate, sigma), { class: given, range, config: spec });
}
