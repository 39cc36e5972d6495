import { z } from "zod";
import { InputError } from "../../src/errors.js";
import {
  boxInpainting,
  type ForwardOperator,
  gaussianBlur,
  gaussianNoise,
  identity,
  problem,
  type Problem,
  problemClasses,
  randomInpainting,
  superResolution,
} from "../../src/operators/index.js";

const share = z.number().min(0).max(1);

const operatorSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("denoise") }),
  z.strictObject({ kind: z.literal("inpaint-random"), dropRate: z.tuple([share, share]) }),
  z.strictObject({
    kind: z.literal("inpaint-box"),
    sides: z.tuple([z.int().positive(), z.int().positive()]),
    margin: z.int().nonnegative(),
  }),
  z.strictObject({ kind: z.literal("super-resolution"), factor: z.int().positive() }),
  z.strictObject({ kind: z.literal("gaussian-blur"), std: z.number().positive() }),
]);

/** A problem on which no network was trained. */
export const unseenProblemSchema = z.strictObject({
  /** The name in results. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "a name has small letters, digits and hyphens"),
  /** The models' most similar problem, whose class is given to the networks. */
  like: z.string(),
  operator: operatorSchema,
  /** Standard deviation of the observation's noise. */
  sigma: z.number().positive(),
});

/** A validated problem on which no network was trained. */
export type UnseenProblem = z.output<typeof unseenProblemSchema>;

/**
 * The problem with the class of the similar known problem. Networks get A^T y of its own operator, and methods that use
 * the likelihood (the update on the observation, a guided sampler) use its own.
 *
 * @throws InputError if the models have no problem `like`
 */
export function unseenProblem({ name, like, operator, sigma }: UnseenProblem, known: readonly Problem[]): Problem {
  const alike = known.findIndex((one) => one.name === like);
  if (alike < 0)
    throw new InputError(
      `the unseen problem "${name}" is like "${like}": use one of ${known.map((one) => one.name).join(", ")}`,
    );
  return problem(name, gaussianNoise(operatorOf(operator), sigma), { class: problemClasses(known)[alike] });
}

function operatorOf(operator: UnseenProblem["operator"]): ForwardOperator {
  switch (operator.kind) {
    case "denoise":
      return identity();
    case "inpaint-random":
      return randomInpainting({ dropRate: operator.dropRate });
    case "inpaint-box":
      return boxInpainting({ sides: operator.sides, margin: operator.margin });
    case "super-resolution":
      return superResolution({ factor: operator.factor });
    case "gaussian-blur":
      return gaussianBlur({ std: operator.std });
  }
}
