import { InputError } from "../errors.js";
import {
  aFunction,
  anObject,
  checkEntries,
  checkOptions,
  integerFrom,
  type OptionRule,
  positiveNumber,
  shown,
} from "../options.js";
import { type ObservationModel } from "./observation-model.js";

/** An inverse problem that an adapter can be trained on: infer x from y. */
export interface Problem {
  /** The problem's name in models, files and results. */
  readonly name: string;
  /** The number c by which an adapter knows the problem. Default: its index in the list of problems. */
  readonly class?: number | undefined;
  /** The least and greatest value of the samples that are observed. See `observe` for the default. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** The forward operator A and the noise: p(y | x). */
  readonly observation: ObservationModel;
  /**
   * Identifies the problem in a checkpoint. Without it, the problem must be given again when the checkpoint is loaded.
   */
  readonly config?: ProblemConfig | undefined;
}

/** A problem's entry in a configuration: its name, and the settings that make it. */
export interface ProblemConfig {
  readonly [entry: string]: unknown;
  readonly name: string;
}

/** Options of `problem`. */
export type ProblemOptions = Pick<Problem, "class" | "range" | "config">;

/** Two numbers in order. */
export const rangeRule: OptionRule = {
  wanted: "two finite numbers, the lower one first",
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && Number(value[0]) < Number(value[1]),
};

/**
 * Defines an inverse problem of your own: infer x from an observation y of the given model.
 *
 * @throws InputError if the name is empty, or the observation model or an option is not valid
 * @example
 * const mine = problem("small", gaussianNoise(superResolution({ factor: 2 }), 0.05));
 * const y = await observe(mine, images, { seed: 1 });
 */
export function problem(name: string, observation: ObservationModel, options: ProblemOptions = {}): Problem {
  if (typeof name !== "string" || name === "")
    throw new InputError(`a problem's name is ${shown(name)}, it has to be a text that is not empty`);
  if (typeof observation?.logLikelihood !== "function")
    throw new InputError(`problem "${name}": give an observation model, e.g. gaussianNoise(operator, 0.1)`);
  const functions = { drawNoise: aFunction, predict: aFunction, observe: aFunction, logLikelihood: aFunction };
  const model = { operator: anObject, sigma: positiveNumber(), ...functions };
  checkEntries(`problem "${name}"`, "the observation model", observation, model);
  const ofOperator = { draw: aFunction, forward: aFunction, transpose: aFunction, observationShape: aFunction };
  checkEntries(`problem "${name}"`, "the operator", observation.operator, ofOperator);
  checkOptions(`problem "${name}"`, options, { class: integerFrom(0), range: rangeRule, config: anObject });
  const { class: number, range, config } = options;
  return {
    name,
    ...(number !== undefined && { class: number }),
    ...(range && { range }),
    observation,
    ...(config && { config }),
  };
}

/**
 * Whether two observation models are the same as far as can be told: the noise's sigma and whether it is Gaussian, and
 * the operator's name, masks and kind of transpose. The functions and their settings are not compared.
 */
export function sameObservation(a: ObservationModel, b: ObservationModel): boolean {
  const compared = ["name", "observedMask", "noiseMask", "transposeIsAdjoint", "transposeNeedsParameters"] as const;
  return (
    a === b ||
    (a.sigma === b.sigma &&
      (a.gaussian ?? false) === (b.gaussian ?? false) &&
      compared.every((entry) => (a.operator[entry] ?? false) === (b.operator[entry] ?? false)))
  );
}

/**
 * The class by which an adapter knows each of its problems: the problem's own, or else its index in the list.
 *
 * @throws InputError if two problems have the same name or the same class
 */
export function problemClasses(problems: readonly Problem[]): number[] {
  const classes = problems.map(({ class: own }, place) => own ?? place);
  problems.forEach(({ name }, place) => {
    if (problems.findIndex((other) => other.name === name) < place)
      throw new InputError(`two problems are called "${name}": give each a name of its own`);
    const first = classes.indexOf(classes[place]);
    if (first < place)
      throw new InputError(
        `the problems "${problems[first].name}" and "${name}" are both class ${classes[place]}: give one of them another class`,
      );
  });
  return classes;
}

/**
 * The problem with this name.
 *
 * @throws InputError with the names that exist
 */
export function problemNamed(problems: readonly Problem[], name: string): Problem {
  const found = problems.find((known) => known.name === name);
  if (found !== undefined) return found;
  throw new InputError(
    `the model knows no problem "${name}": use one of ${problems.map((known) => known.name).join(", ")}`,
  );
}
