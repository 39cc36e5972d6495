import { InputError } from "../errors.js";
import { checkOptions, oneOf, positiveNumber, shown } from "../options.js";
import { boxInpainting } from "./box-inpainting.js";
import { gaussianBlur } from "./gaussian-blur.js";
import { identity } from "./identity.js";
import { type HolesOptions, holesRule } from "./masking.js";
import { motionBlur } from "./motion-blur.js";
import { gaussianNoise } from "./observation-model.js";
import { type ForwardOperator } from "./operator.js";
import { problem, type Problem, type ProblemOptions, rangeRule } from "./problem.js";
import { randomInpainting } from "./random-inpainting.js";
import { superResolution } from "./super-resolution.js";

/** Settings of the six problems beside their noise. */
interface OperatorSettings extends HolesOptions {
  sigma: number;
  /** What A^T y of a motion blur is: see `ImageProblemOptions`. */
  transpose?: "identity" | "wiener" | undefined;
}

const operators = {
  denoise: identity,
  "inpaint-random": ({ holes }) => randomInpainting({ holes }),
  "inpaint-box": ({ holes }) => boxInpainting({ holes }),
  "super-resolution": () => superResolution(),
  "gaussian-blur": () => gaussianBlur(),
  "motion-blur": ({ sigma, transpose }) => motionBlur(transpose === "wiener" ? { wiener: sigma } : {}),
} satisfies Record<string, (settings: OperatorSettings) => ForwardOperator>;

/** The name of one of the six problems. */
export type ProblemName = keyof typeof operators;

/** The names of the six problems; the index of a name is its class. */
export const problemNames = Object.keys(operators) as readonly ProblemName[];

/** The observation noise of the published image experiments, on images in [-1, 1]. */
export const publishedSigma = 0.05;

/** A problem by name with the standard deviation of its noise, as in a configuration. */
export interface ProblemSpec {
  readonly name: string;
  readonly sigma: number;
  /** What an inpainting problem leaves where the image is hidden. Default: "zero". */
  readonly holes?: HolesOptions["holes"];
  /** What A^T y of a motion blur is. Default: "identity". */
  readonly transpose?: OperatorSettings["transpose"];
}

const inpaintings: readonly string[] = ["inpaint-random", "inpaint-box"] satisfies ProblemName[];

/**
 * The first `count` of the six problems, with the classes and settings of the published adapters: sigma 0.05, and noise
 * in the holes of the inpainting problems.
 */
export function publishedProblems(count: number = problemNames.length): ProblemSpec[] {
  return problemNames
    .slice(0, count)
    .map((name) => ({ name, sigma: publishedSigma, ...(inpaintings.includes(name) && { holes: "noise" }) }));
}

/** The six problems with the noise that the MNIST experiments use: 0.5 for denoising, 0.1 for the others. */
export const mnistProblems: readonly ProblemSpec[] = problemNames.map((name) => ({
  name,
  sigma: name === "denoise" ? 0.5 : 0.1,
}));

const imageProblemRules = {
  sigma: positiveNumber(),
  range: rangeRule,
  holes: holesRule,
  transpose: oneOf(["identity", "wiener"]),
};

/** Problems already made, by name and options. */
const made = new Map<string, Problem>();
const mostMade = 64;

/** Options of `imageProblem`. */
export interface ImageProblemOptions extends Pick<ProblemOptions, "range">, HolesOptions {
  /** Standard deviation of the noise, on images in [-1, 1]. */
  sigma: number;
  /**
   * What A^T y of a motion blur is. "identity" (the default, as published): the blurred image. "wiener": the blurred
   * image after the Wiener filter of its kernel; an observation then has to be given with its kernel.
   */
  transpose?: OperatorSettings["transpose"];
}

/**
 * One of the six problems of images, with Gaussian noise: "denoise", "inpaint-random", "inpaint-box",
 * "super-resolution", "gaussian-blur" or "motion-blur". The same name and options return the same object while it is
 * among the last 64 that were made, so that functions compiled for a problem are reused.
 *
 * @throws InputError if there is no problem of this name, sigma is not a positive number, `holes` is given for a
 *   problem that is not inpainting, or `transpose` for one that is not motion blur
 * @example
 * const y = await observe(imageProblem("motion-blur", { sigma: 0.05 }), images, { seed: 1 });
 */
export function imageProblem(name: string, options: ImageProblemOptions): Problem {
  const place = problemNames.findIndex((known) => known === name);
  if (place < 0)
    throw new InputError(`there is no problem ${shown(name)}: the problems are ${problemNames.join(", ")}`);
  checkOptions(`problem "${name}"`, options, imageProblemRules, ["sigma"]);
  const { sigma, range, holes, transpose } = options;
  if (holes !== undefined && !inpaintings.includes(name))
    throw new InputError(`problem "${name}" has no holes: give "holes" only for ${inpaintings.join(" and ")}`);
  if (transpose !== undefined && name !== "motion-blur")
    throw new InputError(`problem "${name}" has no choice of A^T: give "transpose" only for motion-blur`);
  const key = [name, sigma, holes, transpose, ...(range ?? [])].join(" ");
  const known = made.get(key);
  if (known !== undefined) return known;
  const make: (settings: OperatorSettings) => ForwardOperator = operators[problemNames[place]];
  const created = problem(name, gaussianNoise(make({ sigma, holes, transpose }), sigma), {
    class: place,
    range,
    config: { name, sigma, ...(range && { range }), ...(holes && { holes }), ...(transpose && { transpose }) },
  });
  const [oldest] = made.keys();
  if (made.size === mostMade) made.delete(oldest);
  made.set(key, created);
  return created;
}
