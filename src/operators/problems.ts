import { InputError } from "../errors.js";
import { boxInpainting } from "./box-inpainting.js";
import { gaussianBlur } from "./gaussian-blur.js";
import { identity } from "./identity.js";
import { motionBlur } from "./motion-blur.js";
import { gaussianObservation, type ObservationModel } from "./observation.js";
import { type ForwardOperator } from "./operator.js";
import { randomInpainting } from "./random-inpainting.js";
import { superResolution } from "./super-resolution.js";

/** An inverse problem that an adapter is told by its class: to infer x from y. */
export interface Problem {
  readonly name: string;
  /** The number c by which the adapter knows the problem. */
  readonly class: number;
  readonly observation: ObservationModel;
}

const operators = {
  denoise: identity,
  "inpaint-random": randomInpainting,
  "inpaint-box": boxInpainting,
  "super-resolution": superResolution,
  "gaussian-blur": gaussianBlur,
  "motion-blur": motionBlur,
} satisfies Record<string, () => ForwardOperator>;

/** The name of one of the six problems. */
export type ProblemName = keyof typeof operators;

/** The six problems' names; a name's place is its class. */
export const problemNames = Object.keys(operators) as readonly ProblemName[];

/** The observation noise of the published image experiments, on images in [-1, 1]. */
export const publishedSigma = 0.05;

/** A problem by name with the standard deviation of its noise, as configurations have it. */
export interface ProblemSpec {
  readonly name: string;
  readonly sigma: number;
}

/** The six problems with the noise that the MNIST experiments use: 0.5 for denoising, 0.1 for the others. */
export const mnistProblems: readonly ProblemSpec[] = problemNames.map((name) => ({
  name,
  sigma: name === "denoise" ? 0.5 : 0.1,
}));

/** The problems created last, by name and sigma. */
const created = new Map<string, Problem>();
const mostCreated = 64;

/**
 * One of the six problems with Gaussian noise of standard deviation `sigma`. The same name and sigma give the same object,
 * so that what was compiled for a problem serves again.
 *
 * @throws InputError if there is no problem of this name, or sigma is not a positive number
 */
export function createProblem({ name, sigma }: ProblemSpec): Problem {
  const problemClass = problemNames.findIndex((known) => known === name);
  if (problemClass < 0)
    throw new InputError(`there is no problem "${name}": the problems are ${problemNames.join(", ")}`);
  const key = `${name} ${sigma}`;
  const known = created.get(key);
  if (known !== undefined) return known;
  const operator = operators[problemNames[problemClass]]();
  const problem = { name, class: problemClass, observation: gaussianObservation(operator, sigma) };
  if (created.size === mostCreated) created.clear();
  created.set(key, problem);
  return problem;
}
