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

/** A problem that no network was trained on. */
export const unseenProblemSchema = z.strictObject({
  /** The name in results. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "a name has small letters, digits and hyphens"),
  /** The problem of the models that is most like it: the networks are told its class. */
  like: z.string(),
  operator: operatorSchema,
  /** Standard deviation of the observation's noise. */
  sigma: z.number().positive(),
});

/** A checked problem that no network was trained on. */
export type UnseenProblem = z.output<typeof unseenProblemSchema>;

/**
 * The problem with the class of the one that it is like: networks see A^T y of its own operator, and what uses the
 * likelihood (the update on the observation, a guided sampler) uses its own.
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
