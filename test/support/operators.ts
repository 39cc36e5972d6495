import { type HostArray, type NDArray, randomSource } from "../../src/array/index.js";
import { type Backend, compile } from "../../src/compile/index.js";
import { batchShape, type ImageShape } from "../../src/data/index.js";
import { type ForwardOperator, type OperatorParameters, type TracedParameters } from "../../src/operators/operator.js";

/** Both engines. */
export const backends: readonly Backend[] = ["jax", "onnx"];
/** The size of MNIST. */
export const mnist: ImageShape = { channels: 1, height: 28, width: 28 };
/** Sides that nothing divides, and several channels. */
export const uneven: ImageShape = { channels: 3, height: 18, width: 25 };

/** A x and A^T y by one of the engines. */
export async function applyOperator(
  operator: ForwardOperator,
  x: HostArray,
  y: HostArray,
  parameters: OperatorParameters,
  backend: Backend = "jax",
): Promise<{ forward: HostArray; transpose: HostArray }> {
  const compiled = await compile(
    (image: NDArray, observation: NDArray, drawn: TracedParameters) => ({
      forward: operator.forward(image, drawn),
      transpose: operator.transpose(observation, drawn, x.shape.slice(1)),
    }),
    [x, y, parameters],
    { backend },
  );
  const result = await compiled.run(x, y, parameters);
  await compiled.dispose();
  return result;
}

/** [channels, height, width]. */
export function shapeOf({ channels, height, width }: ImageShape): number[] {
  return [channels, height, width];
}

/** Random x, y and parameters for a batch of images. */
export function randomInputs(operator: ForwardOperator, image: ImageShape, seed: number, count = 2) {
  const random = randomSource(seed, operator.name);
  return {
    x: random.normalArray(batchShape(count, image)),
    y: random.normalArray([count, ...operator.observationShape(shapeOf(image))]),
    parameters: operator.draw(count, shapeOf(image), random),
  };
}
