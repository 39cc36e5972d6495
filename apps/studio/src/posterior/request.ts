import { type Corruption, boxInside } from "./corruption.js";
import { mostLevel, type ImageChoice, type View } from "./view.js";
import { type OpenedModel, type ProblemFacts, type SampleRequest } from "./worker/services.js";

/** Samples that the page shows. */
export const sampleCount = 16;

/** The box of a view: the chosen one, or one in the middle. */
export function boxOf({ box }: View, [, height, width]: readonly number[]) {
  const side = Math.round(0.4 * Math.min(height, width));
  const middle = {
    top: Math.round((height - side) / 2),
    left: Math.round((width - side) / 2),
    height: side,
    width: side,
  };
  return boxInside(box ?? middle, height, width);
}

/** What the view does to the image. Other masks and kernels than these are drawn from the seed. */
export function corruptionOf(view: View, facts: ProblemFacts, shape: readonly number[]): Corruption {
  const { mask, share, motion, noiseSeed, problem } = view;
  const [, height, width] = shape;
  if (problem === "inpaint-box") return { kind: "box", ...boxOf(view, shape) };
  if ("mask" in facts.parameters)
    return mask !== undefined && mask.length >= height * width
      ? { kind: "mask", mask: mask.slice(0, height * width) }
      : { kind: "share", share, seed: noiseSeed };
  return "kernel" in facts.parameters ? { kind: "motion", ...motion } : { kind: "none" };
}

/** The values of the chosen image, [C, H, W] in [-1, 1]; the first held-out image if the choice does not fit the model. */
export function imageValues(choice: ImageChoice, { images, shape }: OpenedModel): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const [channels, height, width] = shape;
  const pixels = height * width;
  if (choice.kind === "drawn" && choice.levels.length >= pixels)
    return Float32Array.from({ length: size }, (_, i) => (2 * choice.levels[i % pixels]) / mostLevel - 1);
  if (choice.kind === "uploaded" && choice.values.length === channels * pixels) return choice.values;
  const count = images.length / size;
  const index = choice.kind === "held-out" ? Math.min(choice.index, count - 1) : 0;
  return images.slice(index * size, (index + 1) * size);
}

/** The problem of a view; the model's first problem if the model does not have that one. */
export function factsOf({ problem }: View, { problems }: OpenedModel): ProblemFacts {
  return problems.find(({ name }) => name === problem) ?? problems[0];
}

/** The request to the worker for a view. */
export function requestOf(view: View, model: OpenedModel): SampleRequest {
  const facts = factsOf(view, model);
  return {
    model: model.name,
    problem: facts.name,
    image: imageValues(view.image, model),
    corruption: corruptionOf({ ...view, problem: facts.name }, facts, model.shape),
    noise: view.noise ?? facts.sigma,
    noiseSeed: view.noiseSeed,
    samples: sampleCount,
    steps: view.steps,
    temperature: view.temperature,
    seed: view.seed,
  };
}
